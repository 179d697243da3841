#!/bin/bash
# Makes the toolbox that offline/bazel runs in: Debian stable with Bazel from
# testing, and the base image's root file system. Debian's archive is all it reaches.
set -euo pipefail
root=${TOOLBOX:-${XDG_CACHE_HOME:-$HOME/.cache}/bazel-toolbox}
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)} # the archive this machine already uses
[ ! -e "$root/.complete" ] || { echo "the toolbox is at $root"; exit 0; }
for p in mmdebstrap bwrap; do
  command -v $p >/dev/null || apt-get install -y --no-install-recommends mmdebstrap bubblewrap
done
rm -rf --one-file-system "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A mirror's Release files may be older than they promise; documentation is dead weight.
lean=(--variant=essential --mode=root
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"'
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
  --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*'
  --dpkgopt='path-exclude=/usr/share/man/*')

# Everything from stable but Bazel, its modules and crane.
cat > "$work/forky" <<'EOF'
Package: *
Pin: release n=forky
Pin-Priority: 100

Package: bazel-* crane
Pin: release n=forky
Pin-Priority: 990
EOF
mkdir -p "$work/usr/share/bazel/"{images,registry/modules} /usr/local/share/ca-certificates
for m in apple_support buildozer protobuf zlib; do
  mkdir -p "$work/usr/share/bazel/stubs/$m"
  echo "module(name = \"$m\")" > "$work/usr/share/bazel/stubs/$m/MODULE.bazel"
  : > "$work/usr/share/bazel/stubs/$m/BUILD.bazel"
done

SOURCE_DATE_EPOCH=1 mmdebstrap "${lean[@]}" --format=tar \
  --include=python3,ca-certificates,libstdc++6 \
  --customize-hook='find "$1/usr" -xdev -name __pycache__ -prune -exec rm -rf {} +' \
  --customize-hook='rm -rf "$1"/var/cache/debconf/* "$1"/var/cache/ldconfig "$1"/var/lib/dpkg/*-old "$1"/var/log/* "$1"/etc/hostname "$1"/etc/resolv.conf' \
  trixie - "deb $mirror trixie main" | gzip -9n > "$work/usr/share/bazel/images/python_base.tar.gz"

mmdebstrap "${lean[@]}" --format=directory \
  --include=bazel-bootstrap,bazel-rules-shell,ca-certificates,crane,python3,python3-pip \
  --setup-hook='mkdir -p "$1/etc/apt/preferences.d" "$1/usr/share/man/man1"' \
  --setup-hook="copy-in $work/forky /etc/apt/preferences.d" \
  --customize-hook="sync-in $work/usr /usr" \
  --customize-hook='copy-in /usr/local/share/ca-certificates /usr/local/share' \
  --customize-hook='chroot "$1" update-ca-certificates' \
  --customize-hook='cd "$1/etc" && touch resolv.conf hosts passwd group pip.conf' \
  trixie "$root" "deb $mirror trixie main" "deb $mirror forky main"
touch "$root/.complete"
