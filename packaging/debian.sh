# shellcheck shell=bash
# Sourced by run.sh and test.sh: installs what is missing and builds. Needs bash and the project's root as
# the working directory.

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
fail() { say "$*"; exit 1; }

# install_packages GROUP...: installs the packages of these groups that are missing; silent if none is.
install_packages() {
    command -v dpkg-query >/dev/null ||
        fail "this is not Debian; install the counterparts of packaging/debian-packages.txt and build with 'cmake --preset release && cmake --build --preset release'"
    local wanted missing=() package
    wanted=$(awk -v groups=" $* " '!/^#/ && NF == 2 && index(groups, " " $2 " ") { print $1 }' packaging/debian-packages.txt)
    for package in $wanted; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "not root and no sudo here; as root, run: apt-get install --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
    "${apt[@]}" update >&2 || fail "apt-get update failed; check the network and /etc/apt/sources.list, then run this again"
    "${apt[@]}" install --no-install-recommends "${missing[@]}" >&2 ||
        fail "apt-get could not install the packages; its message is above"
}

# build [TARGET...]: configures build/release once and builds these targets, or all.
build() {
    if [ ! -f build/release/build.ninja ]; then
        cmake --preset release >&2 || fail "cmake could not configure; its message is above"
    fi
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    cmake --build --preset release --parallel "$(build_jobs)" "${targets[@]}" >&2 ||
        fail "the build failed; the compiler's message is above"
}

# One compiler per core, but no more than memory holds: a file that sees LibTorch takes about 1.5 GB.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
    [ "$memory" -ge 1 ] || memory=1
    [ "$memory" -lt "$cores" ] && echo "$memory" || echo "$cores"
}
