"""Makes compilation reproducible where KFP and the standard library are not.

The changes affect only the process of one compilation, which ends with it.
"""

import functools
import gzip
import tarfile
import time
import zipfile
from collections.abc import Mapping
from types import SimpleNamespace

# Any fixed time will do; this one is not before 1980, where the times of zip archives begin.
EPOCH = 946_728_000


def normalize_mode(mode: int) -> int:
    """Return the permissions of a file without those that depend on the umask at its checkout."""
    return 0o755 if mode & 0o100 else 0o644


def compile_reproducibly() -> None:
    """Keep the clock, the owners of files and the process out of the compiled definition."""
    _normalize_archives()
    _sort_comments()


def _normalize_archives() -> None:
    """Make archives that are written while compiling depend only on the files in them.

    KFP embeds files and notebooks in a component as a compressed tar archive.
    """
    clock = {"time": lambda: EPOCH, "localtime": time.gmtime}
    for module in (gzip, tarfile, zipfile):
        setattr(module, "time", SimpleNamespace(**vars(time) | clock))  # noqa: B010 - not in types
    get_info = tarfile.TarFile.gettarinfo

    @functools.wraps(get_info)
    def get_normal_info(self, *args, **kwargs):
        info = get_info(self, *args, **kwargs)
        if info is not None:
            info.mtime, info.mode = EPOCH, normalize_mode(info.mode)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
        return info

    setattr(tarfile.TarFile, "gettarinfo", get_normal_info)  # noqa: B010


def _sort_comments() -> None:
    """Sort the dictionaries in the comment at the top of a definition.

    KFP shows them in the order of a protobuf Struct, which differs from process to process. KFP
    itself sorts the rest of a definition.
    """
    from kfp.compiler import pipeline_spec_builder

    write = pipeline_spec_builder.extract_comments_from_pipeline_spec

    @functools.wraps(write)
    def write_sorted(pipeline_spec, *args, **kwargs):
        return write(_sorted(pipeline_spec), *args, **kwargs)

    pipeline_spec_builder.extract_comments_from_pipeline_spec = write_sorted


def _sorted(value: object) -> object:
    """Return JSON with the keys of every object sorted."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
