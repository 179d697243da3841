#!/bin/bash
# Prints the folder of the toolbox that offline/bazel runs in; makes it first where it is missing:
# Debian stable with Bazel from testing, and the root file system of the offline base image. All it
# reaches is Debian's archive (and npm's registry, if npm is here, for buildifier).
#
# It may be interrupted at any moment and goes on where it was. A toolbox is built beside its place
# and then renamed, so there is never half a one; it is named by what it is made of, so a change of
# this file makes a new one.
#
# TOOLBOX        where to keep it        (~/.cache/kfp-component-lib/toolbox)
# DEBIAN_MIRROR  the archive to take     (the one that this machine's apt uses)
# shellcheck disable=SC2016 # what stands in single quotes is for apt, or for a hook, to expand
set -euo pipefail

# What Bazel's actions and tests find in the toolbox.
stable=trixie # Python 3.13
toolbox_packages=(
  bash bubblewrap ca-certificates git python3 python3-pip python3-venv
  bazel-bootstrap bazel-rules-shell crane
)
# The only release with a current Bazel; nothing else is taken from it.
testing=forky
from_testing='bazel-* crane'
# What the offline base image has beside Debian's essential packages.
base_packages=(ca-certificates libstdc++6 python3)
# Modules that Bazel's own tools name and no build here loads: offline/bazelrc puts empty ones there.
empty_modules=(apple_support buildozer protobuf zlib)
buildifier=@bazel/buildifier@8.2.1
buildifier_sha256=b96ea9b13003036c801f52bee6f9b0314738f8432e5cb9d814c89f59292604ee
needed_mb=3000

home=${TOOLBOX:-${XDG_CACHE_HOME:-~/.cache}/kfp-component-lib/toolbox}
certificates=/usr/local/share/ca-certificates
hash=$(cat "$0" "$certificates"/*.crt 2> /dev/null | sha256sum)
id=${hash:0:12}-$HOSTTYPE
toolbox=$home/root-$id
base=$home/base-$id.tar.gz
apt=$home/apt
log=$home/setup.log
user=$(id -u)

say() { echo "offline/setup.sh: $*" >&2; }
die() { say "$@" && exit 1; }
step() { printf 'offline/setup.sh: [%3d s] %s\n' "$SECONDS" "$*" >&2; }
has() { type -P "$1" > /dev/null; }
check_machine() {
  [ -z "${HOSTTYPE##x86_64}" ] || [ -z "${HOSTTYPE##aarch64}" ] ||
    die "the machine must be x86_64 or aarch64, got $HOSTTYPE. With internet, install bazelisk and set BAZELW_MODE=online."
  has apt-get ||
    die "the machine must be Debian or Ubuntu, got one without apt-get. With internet, install bazelisk and set BAZELW_MODE=online."
}

# Whoever is not root needs newuidmap too: a root file system has files of several users.
check_tools() {
  local missing=()
  has mmdebstrap || missing+=(mmdebstrap)
  has bwrap || missing+=(bubblewrap)
  [ "$user" = 0 ] || has newuidmap || missing+=(uidmap)
  compgen -G '/usr/share/keyrings/debian-archive-keyring.*' > /dev/null || missing+=(debian-archive-keyring)
  [ ${#missing[@]} != 0 ] || return 0
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  [ "$user" = 0 ] ||
    die "this machine must have ${missing[*]}. An administrator installs them once: sudo apt-get update && sudo $install"
  step "installing ${missing[*]}"
  { $install || { apt-get update && $install; }; } >> "$log" 2>&1 ||
    die "${missing[*]} must be installable, but apt-get failed. Mend this machine's apt and try: apt-get update && $install; details: $log"
}

# Bazel runs in namespaces of its own, and so do its tests, without network.
check_namespaces() {
  local name bad good
  if ! bwrap --dev-bind / / true >> "$log" 2>&1; then
    while read -r name bad good; do
      [ "$(sysctl -n "$name" 2> /dev/null)" != "$bad" ] ||
        die "$name must be $good for an ordinary user to make namespaces, got $bad. Be root, or let an administrator run: sudo sysctl -w $name=$good"
    done <<< $'kernel.unprivileged_userns_clone 0 1\nkernel.apparmor_restrict_unprivileged_userns 1 0\nuser.max_user_namespaces 0 10000'
    die "this machine must let root or a user make namespaces, got a refusal from bubblewrap. Be root; in a container, start it with --privileged; details: $log"
  fi
  [ "$user" = 0 ] || grep -qs "^$(id -un):" /etc/subuid ||
    die "/etc/subuid must give $(id -un) a range of user ids, got none. Be root, or let an administrator run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
}

check_space() {
  local folder free
  for folder in "$home" "${TMPDIR:-/tmp}"; do
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    ((free >= needed_mb)) ||
      die "$folder must have $needed_mb MB free, got $free MB. Make room, or set TOOLBOX=DIR and TMPDIR=DIR to folders that have it."
  done
}

# apt for the toolbox: this machine's settings (proxies, say), but lists and packages of its own,
# which stay, so that an interrupted download goes on.
own_apt() {
  apt-get -c "$apt/apt.conf" "$@"
}

configure_apt() {
  mkdir -p "$apt"/{lists,archives}/partial
  : > "$apt/status"
  cat > "$apt/apt.conf" << CONF
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "-";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::GzipIndexes "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
#clear APT::Update;
CONF
  # Everything from stable but Bazel, its modules and crane. With no more than a low priority for
  # the rest of testing, stable's Bazel, years older, would win.
  cat > "$apt/preferences" << CONF
Package: *
Pin: release n=$testing
Pin-Priority: 100

Package: $from_testing
Pin: release n=$testing
Pin-Priority: 990
CONF
}

# The line of sources.list for a release; only Debian's own keys are trusted, whatever the mirror.
source_line() {
  local keyring
  for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    [ ! -e "$keyring" ] || break
  done
  echo "deb [signed-by=$keyring] $mirror $1 main"
}

# Whether the mirror has both releases, signed by Debian.
is_debian() {
  { source_line "$stable" && source_line "$testing"; } > "$apt/sources.list"
  own_apt update --error-on=any >> "$log" 2>&1 || return
  [ "$(own_apt indextargets --format '$(ORIGIN)/$(LABEL)/$(CODENAME)' 'Created-By: Packages' | sort | paste -sd' ')" \
    = "Debian/Debian/$testing Debian/Debian/$stable" ]
}

# Sets mirror to the first of this machine's package sources that is Debian's main archive.
find_mirror() {
  local configured
  configured=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '!seen[$0]++')}
  [ -n "$configured" ] ||
    die "this machine's apt must have a package source, got none. Set DEBIAN_MIRROR=URL to a mirror of Debian's archive."
  while IFS= read -r mirror; do
    ! is_debian || return 0
  done <<< "$configured"
  die "a package source must be a mirror of Debian's archive with $stable and $testing, got $(paste -sd' ' <<< "$configured"). Set DEBIAN_MIRROR=URL to a mirror that answers; details: $log"
}

fetch_packages() {
  local wanted size
  wanted=("?narrow(?codename(^$stable\$),?essential)" "${base_packages[@]}" "${toolbox_packages[@]}")
  size=$(own_apt install --print-uris -qq "${wanted[@]}" 2>> "$log" | awk '{ sum += $3 } END { print int(sum / 1e6) }')
  step "downloading packages: $size MB to go"
  own_apt install --download-only -y "${wanted[@]}" >> "$log" 2>&1
  own_apt autoclean >> "$log" 2>&1
}

# A root file system of Debian as a tar on stdout, without documentation, from the lists and packages
# that fetch_packages got. Root links the packages instead of copying them, and works in a mount
# namespace of its own: no mount outlives it.
debian() {
  local own=(mmdebstrap --mode=unshare) packages="sync-in $apt/archives /var/cache/apt/archives"
  if [ "$user" = 0 ]; then
    own=(env "TMPDIR=$home/tmp" unshare --mount mmdebstrap --mode=root)
    packages="ln '$apt'/archives/*.deb \"\$1/var/cache/apt/archives\""
  fi
  "${own[@]}" --variant=essential --format=tar --skip=update,download/empty \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt=force-unsafe-io \
    --setup-hook="sync-in $apt/lists /var/lib/apt/lists" \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"' --setup-hook="$packages" \
    "$@" 2>> "$log"
}

# The base image's root file system: the same bytes from the same packages, whatever the machine.
make_base() {
  local include
  include=$(IFS=, && echo "${base_packages[*]}")
  step "building the base image's root file system"
  SOURCE_DATE_EPOCH=1 debian --include="$include" \
    --customize-hook='find "$1/usr" -xdev -name __pycache__ -prune -exec rm -rf {} +' \
    --customize-hook='cd "$1" && rm -rf var/cache/debconf/* var/cache/ldconfig var/lib/dpkg/*-old var/log/* etc/hostname etc/resolv.conf etc/apt/sources.list' \
    "$stable" - "$(source_line "$stable")" | gzip -9n > "$base.part"
  mv "$base.part" "$base"
}

make_root() {
  local include hooks=()
  include=$(IFS=, && echo "${toolbox_packages[*]}")
  [ ! -d "$certificates" ] || hooks=(--customize-hook="copy-in $certificates ${certificates%/*}")
  step "building the toolbox"
  mkdir "$toolbox.part"
  # The JDK's installation wants a folder for manual pages.
  debian --include="$include" \
    --setup-hook='mkdir -p "$1/etc/apt/preferences.d" "$1/usr/share/man/man1"' \
    --setup-hook="upload $apt/preferences /etc/apt/preferences.d/testing" \
    "${hooks[@]}" --customize-hook='chroot "$1" update-ca-certificates' \
    "$stable" - "$(source_line "$stable")" "$(source_line "$testing")" |
    tar -x -C "$toolbox.part" --exclude='./dev/*'
}

# What is no Debian package.
furnish_root() {
  local module version bazel=$toolbox.part/usr/share/bazel
  mkdir -p "$bazel"/{images,registry/modules}
  ln "$base" "$bazel/images/python_base.tar.gz"
  for module in "${empty_modules[@]}"; do
    mkdir -p "$bazel/stubs/$module"
    echo "module(name = \"$module\")" > "$bazel/stubs/$module/MODULE.bazel"
    : > "$bazel/stubs/$module/BUILD.bazel"
  done
  # Files that offline/bazel lays this machine's over.
  mkdir -p "$toolbox.part/etc/xdg/pip"
  (cd "$toolbox.part" && touch etc/{resolv.conf,hosts,passwd,group,pip.conf,xdg/pip/pip.conf} usr/local/bin/docker)
  # Debian's Bazel does not know its version; the id tells Bazel servers of other toolboxes to go.
  version=$(sed -n '/^Package: bazel-bootstrap$/,/^$/s/^Version: \([0-9.]*\).*/\1/p' "$toolbox.part/var/lib/dpkg/status")
  echo "$version $id-$(date +%s)" > "$toolbox.part/etc/bazel/toolbox"
}

# buildifier, which no Debian package has, where npm can be had.
add_buildifier() {
  local tar=$home/tmp/buildifier arch=amd64
  [ "$HOSTTYPE" = x86_64 ] || arch=arm64
  mkdir -p "$tar"
  if has npm && (cd "$tar" && npm pack --silent "$buildifier") >> "$log" 2>&1 &&
    echo "$buildifier_sha256 $(echo "$tar"/*.tgz)" | sha256sum -c >> "$log" 2>&1; then
    tar -xzO -f "$tar"/*.tgz "package/buildifier-linux_$arch" > "$toolbox.part/usr/local/bin/buildifier"
    chmod 755 "$toolbox.part/usr/local/bin/buildifier"
  else
    step "without buildifier: npm is missing or did not give $buildifier"
  fi
}

# Other versions of the toolbox go when a fortnight old; renamed first, so that none is ever half.
remove_old() {
  local old
  while IFS= read -r old; do
    mv "$old" "$old.part" && rm -rf "$old.part"
  done < <(find "$home" -maxdepth 1 -name 'root-*' -mtime +14 ! -path "$toolbox")
}

make_toolbox() {
  mkdir -p "$home"
  exec 9> "$home/lock"
  flock --nonblock 9 || { say "another setup is at work in $home; waiting for it" && flock 9; }
  [ ! -d "$toolbox" ] || return 0
  : > "$log"
  trap '[ $? = 0 ] || say "not finished; the next call goes on where it was. Details: $log"' EXIT
  trap 'exit 130' INT
  check_machine
  check_tools
  check_namespaces
  check_space
  step "making the toolbox once, in $toolbox (two minutes, 1 GB)"
  rm -rf --one-file-system "$home"/*.part "$home/tmp"
  mkdir "$home/tmp"
  configure_apt
  step "asking for Debian's archive"
  find_mirror
  fetch_packages
  [ -e "$base" ] || make_base
  make_root
  furnish_root
  add_buildifier
  rm -rf "$home/tmp" "$home"/base-*
  mv -T "$toolbox.part" "$toolbox"
  remove_old
  step "done"
}

[ -d "$toolbox" ] || make_toolbox
echo "$toolbox"
