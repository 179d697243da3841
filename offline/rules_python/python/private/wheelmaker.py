"""Writes a pure-Python wheel whose bytes depend on its files and metadata alone."""

import base64
import hashlib
import json
import re
import sys
import zipfile


def main(spec_path):
    with open(spec_path, encoding="utf-8") as f:
        spec = json.load(f)
    status = {}
    for path in spec["status"]:
        with open(path, encoding="utf-8") as f:
            status.update(line.rstrip("\n").partition(" ")[::2] for line in f)
    version = re.sub(r"\{(\w+)\}", lambda m: status.get(m[1]) or "0", spec["version"])
    name = re.sub(r"[-_.]+", "_", spec["distribution"])
    tag = f'{spec["python_tag"]}-{spec["abi"]}-{spec["platform"]}'
    info = f"{name}-{version}.dist-info"

    files = {}
    for inside, path in spec["files"]:
        with open(path, "rb") as f:
            files[inside] = f.read()
    head = [f"Metadata-Version: 2.1", f'Name: {spec["distribution"]}', f"Version: {version}"]
    head += [f"{k}: {v}" for k, v in spec["headers"] if v]
    requires = list(spec["requires"])
    if spec["requires_file"]:
        with open(spec["requires_file"], encoding="utf-8") as f:
            lines = [line.split("#")[0].strip() for line in f]
        requires += [line for line in lines if line]
    head += [f"Requires-Dist: {r}" for r in requires]
    for extra, reqs in sorted(spec["extra_requires"].items()):
        head += [f"Provides-Extra: {extra}"] + [f"Requires-Dist: {r} ; extra == '{extra}'" for r in reqs]
    body = ""
    if spec["description"]:
        with open(spec["description"], encoding="utf-8") as f:
            body = "\n" + f.read()
    files[f"{info}/METADATA"] = ("\n".join(head) + "\n" + body).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: wheelmaker\nRoot-Is-Purelib: true\nTag: {tag}\n"
    ).encode()
    if spec["entry_points"]:
        files[f"{info}/entry_points.txt"] = "\n".join(
            line for group, points in sorted(spec["entry_points"].items())
            for line in [f"[{group}]", *points, ""]
        ).encode()
    record = []
    for inside, data in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{inside},sha256={digest},{len(data)}\n")
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()

    with zipfile.ZipFile(spec["out"], "w", zipfile.ZIP_DEFLATED) as wheel:
        for inside in sorted(files, key=lambda p: (".dist-info/" in p, p)):
            entry = zipfile.ZipInfo(inside, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            wheel.writestr(entry, files[inside])
    with open(spec["name_file"], "w", encoding="utf-8") as f:
        f.write(f"{name}-{version}-{tag}.whl")


if __name__ == "__main__":
    main(sys.argv[1])
