#!/bin/bash
# Prints the folder of the toolbox in which offline/bazel runs, after creating it if it is missing:
# Debian stable with Bazel from testing, and the root file system of the offline base image. It
# contacts only Debian's archive (and npm's registry for buildifier, if npm is installed).
#
# It may be interrupted at any moment, and continues where it stopped. A toolbox is built beside its
# final place and then renamed, so it is never incomplete; its name depends on everything that it
# consists of, so a change of this file creates a new one.
#
# TOOLBOX        folder of the toolbox   (~/.cache/kfp-component-lib/toolbox)
# DEBIAN_MIRROR  the archive to use      (default: that of this machine's apt)
# DEBIAN_KEYRING the keys that sign it   (those of the package debian-archive-keyring)
# shellcheck disable=SC2016 # apt or a hook expands what is in single quotes
set -euo pipefail

# The packages that Bazel's actions and tests can use in the toolbox.
stable=trixie # Python 3.13
toolbox_packages=(
  bash bubblewrap ca-certificates git locales python3 python3-pip python3-venv
  bazel-bootstrap bazel-rules-shell crane
)
# The only release with a current Bazel; nothing else comes from it.
testing=forky
from_testing='bazel-* crane'
# The packages of the offline base image in addition to Debian's essential ones.
base_packages=(ca-certificates libstdc++6 python3)
# Modules that Bazel's own tools name but no build here loads: offline/bazelrc uses empty ones.
empty_modules=(apple_support buildozer protobuf zlib)
buildifier=@bazel/buildifier@8.2.1
buildifier_sha256=b96ea9b13003036c801f52bee6f9b0314738f8432e5cb9d814c89f59292604ee
needed_mb=3000

home=${TOOLBOX:-${XDG_CACHE_HOME:-~/.cache}/kfp-component-lib/toolbox}
keyring=${DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
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
# A path as one word of a command in a hook, which mmdebstrap or a shell splits.
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }
check_machine() {
  [ -z "${HOSTTYPE##x86_64}" ] || [ -z "${HOSTTYPE##aarch64}" ] ||
    die "the machine must be x86_64 or aarch64, got $HOSTTYPE. With internet, install bazelisk and set BAZELW_MODE=online."
  has apt-get ||
    die "the machine must be Debian or Ubuntu, got one without apt-get. With internet, install bazelisk and set BAZELW_MODE=online."
}

# Users other than root also need newuidmap, because a root file system has files of several users.
check_tools() {
  local missing=()
  has mmdebstrap || missing+=(mmdebstrap)
  has bwrap || missing+=(bubblewrap)
  [ "$user" = 0 ] || has newuidmap || missing+=(uidmap)
  [ -e "$keyring" ] || missing+=(debian-archive-keyring)
  [ ${#missing[@]} != 0 ] || return 0
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  [ "$user" = 0 ] ||
    die "this machine must have ${missing[*]}. An administrator installs them once: sudo apt-get update && sudo $install"
  step "installing ${missing[*]}"
  { $install || { apt-get update && $install; }; } >> "$log" 2>&1 ||
    die "${missing[*]} must be installable, but apt-get failed. Mend this machine's apt and try: apt-get update && $install; details: $log"
}

# Bazel runs in its own namespaces, and its tests in further ones without a network.
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

# apt for the toolbox: with this machine's settings, such as proxies, but with its own lists and
# packages, which are kept, so that an interrupted download continues.
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
  # Everything comes from stable except Bazel, its modules and crane. The rest of testing needs a low
  # priority, and these packages a high one, or stable's Bazel, which is years older, would win.
  cat > "$apt/preferences" << CONF
Package: *
Pin: release n=$testing
Pin-Priority: 100

Package: $from_testing
Pin: release n=$testing
Pin-Priority: 990
CONF
}

# The line in sources.list for a release; whatever the mirror, only Debian's own keys are trusted.
source_line() {
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

# Writes a root file system of Debian to stdout as a tar, without documentation, from the lists and
# packages that fetch_packages has downloaded. As root it links the packages instead of copying them,
# and works in its own mount namespace, so no mount outlives it.
debian() {
  local own=(mmdebstrap --mode=unshare) packages
  packages="sync-in $(quote "$apt/archives") /var/cache/apt/archives"
  if [ "$user" = 0 ]; then
    own=(env "TMPDIR=$home/tmp" unshare --mount mmdebstrap --mode=root)
    packages="ln $(quote "$apt")/archives/*.deb \"\$1/var/cache/apt/archives\""
  fi
  "${own[@]}" --variant=essential --format=tar --skip=update,download/empty \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt=force-unsafe-io \
    --setup-hook="sync-in $(quote "$apt/lists") /var/lib/apt/lists" \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"' --setup-hook="$packages" \
    "$@" 2>> "$log"
}

# The root file system of the base image: the same packages give the same bytes on any machine.
make_base() {
  local include
  include=$(IFS=, && echo "${base_packages[*]}")
  step "building the base image's root file system"
  SOURCE_DATE_EPOCH=1 debian --include="$include" \
    --customize-hook='find "$1/usr" -xdev -name __pycache__ -prune -exec rm -rf {} +' \
    --customize-hook='chown -R 0:0 "$1/var/cache/apt" "$1/var/lib/apt"' \
    --customize-hook='cd "$1" && rm -rf var/cache/debconf/* var/cache/ldconfig var/lib/dpkg/*-old var/log/* etc/hostname etc/resolv.conf etc/apt/sources.list' \
    "$stable" - "$(source_line "$stable")" | gzip -9n > "$base.part"
  mv "$base.part" "$base"
}

# Bazel 7 starts its server in the locale en_US.ISO-8859-1. Without it, paths outside of ASCII are lost.
make_root() {
  local include hooks=()
  include=$(IFS=, && echo "${toolbox_packages[*]}")
  [ ! -d "$certificates" ] || hooks=(--customize-hook="copy-in $certificates ${certificates%/*}")
  step "building the toolbox"
  mkdir "$toolbox.part"
  # The installation of the JDK needs a folder for manual pages.
  debian --include="$include" \
    --setup-hook='mkdir -p "$1/etc/apt/preferences.d" "$1/usr/share/man/man1"' \
    --setup-hook="upload $(quote "$apt/preferences") /etc/apt/preferences.d/testing" \
    "${hooks[@]}" --customize-hook='chroot "$1" update-ca-certificates' \
    --customize-hook='chroot "$1" localedef -i en_US -f ISO-8859-1 en_US.ISO-8859-1' \
    "$stable" - "$(source_line "$stable")" "$(source_line "$testing")" |
    tar -x -C "$toolbox.part" --exclude='./dev/*'
}

# Adds what is not a Debian package.
furnish_root() {
  local module version bazel=$toolbox.part/usr/share/bazel
  mkdir -p "$bazel"/{images,registry/modules}
  ln "$base" "$bazel/images/python_base.tar.gz"
  for module in "${empty_modules[@]}"; do
    mkdir -p "$bazel/stubs/$module"
    echo "module(name = \"$module\")" > "$bazel/stubs/$module/MODULE.bazel"
    : > "$bazel/stubs/$module/BUILD.bazel"
  done
  # Files over which offline/bazel binds those of this machine.
  mkdir -p "$toolbox.part/etc/xdg/pip"
  (cd "$toolbox.part" && touch etc/{resolv.conf,hosts,passwd,group,pip.conf,xdg/pip/pip.conf} usr/local/bin/docker)
  # Debian's Bazel does not know its own version; the id makes servers of other toolboxes exit.
  version=$(sed -n '/^Package: bazel-bootstrap$/,/^$/s/^Version: \([0-9.]*\).*/\1/p' "$toolbox.part/var/lib/dpkg/status")
  echo "$version $id-$(date +%s)" > "$toolbox.part/etc/bazel/toolbox"
}

# buildifier, which is not a Debian package, if npm can download it.
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

# Removes other versions of the toolbox after a fortnight; they are renamed first, so none is incomplete.
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
