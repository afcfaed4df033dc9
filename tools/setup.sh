# setup.sh - what tools/run, tools/test and others share: packages, configuring, building. Sourced with
# `root` set to the folder of the repository.
#
# Everything is said on stderr: stdout belongs to the program that is run.

: "${root:?}"

say()
{
    printf '%s\n' "orrery: $*" >&2
}

# The system's Python, for which the distribution's packages are, before another that stands first
# in PATH.
python()
{
    if [ -x /usr/bin/python3 ]; then
        echo /usr/bin/python3
    else
        command -v python3
    fi
}

# One line for each thing that is missing: its name in the table of package_name.
missing()
{
    for thing in "$@"; do
        case $thing in
        yaml) pkg-config --exists yaml-0.1 ;;
        check) pkg-config --exists check ;;
        gsl) pkg-config --exists gsl ;;
        libsqlite) pkg-config --exists sqlite3 ;;
        libmpi) command -v mpirun && command -v mpicc ;;
        libc) printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' |
            ${CC:-cc} -x c -o /dev/null - ;;
        sanitizers) echo 'int main(void) { return 0; }' |
            ${CC:-cc} -fsanitize=address,undefined -x c -o /dev/null - ;;
        clang-sanitizers) echo 'int main(void) { return 0; }' |
            clang -fsanitize=address,undefined -x c -o /dev/null - ;;
        clang-fuzzer) printf '#include <stddef.h>\n#include <stdint.h>\n%s' \
            'int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { return d && n > n; }' |
            clang -fsanitize=fuzzer -x c -o /dev/null - ;;
        python-*) "$(python)" -c "import ${thing#python-}" ;;
        cc) command -v "${CC:-cc}" ;;
        *) command -v "$thing" ;;
        esac >/dev/null 2>&1 || echo "$thing"
    done
}

# package_name FAMILY THING: what the distribution calls it.
package_name()
{
    case $1:$2 in
    debian:cc) echo gcc ;;
    debian:libc) echo libc6-dev ;;
    debian:ninja) echo ninja-build ;;
    debian:yaml) echo libyaml-dev ;;
    debian:gsl) echo libgsl-dev ;;
    debian:libsqlite) echo libsqlite3-dev ;;
    debian:libmpi) echo 'libopenmpi-dev openmpi-bin' ;;
    debian:python-jsonschema) echo python3-jsonschema ;;
    debian:python-yaml) echo python3-yaml ;;
    debian:sanitizers) echo gcc ;;
    debian:clang-sanitizers | debian:clang-fuzzer) echo libclang-rt-14-dev ;;
    debian:flock) echo util-linux ;;
    fedora:cc) echo gcc ;;
    fedora:libc) echo glibc-devel ;;
    fedora:ninja) echo ninja-build ;;
    fedora:pkg-config) echo pkgconf-pkg-config ;;
    fedora:yaml) echo libyaml-devel ;;
    fedora:check) echo check-devel ;;
    fedora:gsl) echo gsl-devel ;;
    fedora:libsqlite) echo sqlite-devel ;;
    fedora:libmpi) echo openmpi-devel ;;
    fedora:python-jsonschema) echo python3-jsonschema ;;
    fedora:python-yaml) echo python3-pyyaml ;;
    fedora:sanitizers) echo libasan libubsan ;;
    fedora:clang-sanitizers | fedora:clang-fuzzer) echo compiler-rt ;;
    fedora:flock) echo util-linux ;;
    arch:cc) echo gcc ;;
    arch:libc) echo glibc ;;
    arch:pkg-config) echo pkgconf ;;
    arch:yaml) echo libyaml ;;
    arch:libsqlite) echo sqlite ;;
    arch:libmpi) echo openmpi ;;
    arch:python-jsonschema) echo python-jsonschema ;;
    arch:python-yaml) echo python-yaml ;;
    arch:sanitizers) echo gcc-libs ;;
    arch:clang-sanitizers | arch:clang-fuzzer) echo compiler-rt ;;
    arch:flock) echo util-linux ;;
    alpine:cc) echo gcc ;;
    alpine:libc) echo musl-dev ;;
    alpine:ninja) echo ninja-build ;;
    alpine:pkg-config) echo pkgconf ;;
    alpine:yaml) echo yaml-dev ;;
    alpine:check) echo check-dev ;;
    alpine:gsl) echo gsl-dev ;;
    alpine:libsqlite) echo sqlite-dev ;;
    alpine:libmpi) echo 'openmpi openmpi-dev' ;;
    alpine:python-jsonschema) echo py3-jsonschema ;;
    alpine:python-yaml) echo py3-yaml ;;
    alpine:sanitizers) echo 'gcc (musl has no sanitizers: use another system for the tests)' ;;
    alpine:clang-sanitizers | alpine:clang-fuzzer) echo compiler-rt ;;
    alpine:flock) echo util-linux ;;
    brew:cc | brew:libc | brew:sanitizers) echo '(xcode-select --install)' ;;
    brew:yaml) echo libyaml ;;
    brew:libsqlite) echo sqlite ;;
    brew:libmpi) echo open-mpi ;;
    brew:pkg-config) echo pkgconf ;;
    brew:python-jsonschema) echo '(pip install jsonschema)' ;;
    brew:python-yaml) echo '(pip install pyyaml)' ;;
    brew:clang-sanitizers | brew:clang-fuzzer) echo llvm ;;
    *) echo "$2" ;;
    esac
}

# The family of this system, by /etc/os-release.
family()
{
    if [ "$(uname -s)" = Darwin ]; then
        echo brew
        return
    fi
    kin=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}")
    for kind in $kin; do
        case $kind in
        debian | ubuntu) echo debian && return ;;
        fedora | rhel | centos) echo fedora && return ;;
        arch | archlinux) echo arch && return ;;
        alpine) echo alpine && return ;;
        esac
    done
    echo unknown
}

packages_of()
{
    where=$1
    shift
    for thing in "$@"; do
        package_name "$where" "$thing"
    done | awk '!seen[$0]++' | tr '\n' ' ' | sed 's/ $//'
}

# Elsewhere than on Debian: names what to install, and ends with status 2.
refuse_to_install()
{
    here=$(family)
    say "missing: $*"
    case $here in
    fedora) say "install them by: dnf install $(packages_of fedora "$@")" ;;
    arch) say "install them by: pacman -S $(packages_of arch "$@")" ;;
    alpine) say "install them by: apk add $(packages_of alpine "$@")" ;;
    brew) say "install them by: brew install $(packages_of brew "$@")" ;;
    *)
        say "this system is not known; the packages are called"
        for each in debian fedora arch alpine brew; do
            say "  $each: $(packages_of $each "$@")"
        done
        ;;
    esac
    exit 2
}

install_debian()
{
    packages=$(packages_of debian "$@")
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "missing: $*; as root: apt-get install --no-install-recommends $packages"
            exit 2
        fi
        as_root=sudo
    fi
    say "installing $packages"
    log=$root/build/install.log
    # $as_root and $packages are lists of words.
    # shellcheck disable=SC2086
    if ! { $as_root apt-get -o DPkg::Lock::Timeout=300 update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y -q \
            --no-install-recommends install $packages; } </dev/null >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        say "could not install $packages (whole log: $log)"
        exit 2
    fi
}

# need THING...: installs what is missing, or says how to.
need()
{
    lacking=$(missing "$@")
    [ -z "$lacking" ] && return
    # shellcheck disable=SC2086
    if [ "$(family)" = debian ] && command -v apt-get >/dev/null 2>&1; then
        install_debian $lacking
    else
        refuse_to_install $lacking
    fi
    lacking=$(missing "$@")
    if [ -n "$lacking" ]; then
        say "still missing after installing: $(echo "$lacking" | tr '\n' ' ')"
        exit 2
    fi
}

# Holds the build folder until unlock, so that two calls at once do not build twice.
lock()
{
    # tried in a shell of its own: a redirection that fails ends the one that it is done in
    if ! { mkdir -p "$root/build" && (: >>"$root/build/.lock"); } 2>/dev/null; then
        say "cannot write to $root/build, which building needs"
        exit 4
    fi
    exec 9>"$root/build/.lock"
    if command -v flock >/dev/null 2>&1; then
        flock 9
    fi
}

unlock()
{
    exec 9>&-
}

# own FOLDER: makes it, anew if it was built from another place: Meson would refuse a copy.
own()
{
    if [ -f "$1/source" ]; then
        [ "$(cat "$1/source")" = "$root" ]
    else
        grep -qsF "\"source\": \"$root\"" "$1/meson-info/meson-info.json"
    fi || rm -rf "$1"
    mkdir -p "$1" && printf '%s\n' "$root" >"$1/source" && return
    say "cannot write to $1"
    exit 4
}

# configure FOLDER OPTION...: Meson, once, and again when a file of the found ones came or went.
configure()
{
    folder=$1
    shift
    own "$folder"
    log=$root/build/configure.log
    if [ ! -f "$folder/build.ninja" ]; then
        set -- setup "$@" "$folder" "$root"
    elif ! "$root/tools/list-sources" | cmp -s - "$folder/found"; then
        set -- setup --reconfigure "$@" "$folder" "$root"
    else
        return 0
    fi
    if ! meson "$@" >"$log" 2>&1 9>&-; then
        tail -n 20 "$log" >&2
        say "could not configure the build (whole log: $log)"
        exit 4
    fi
    "$root/tools/list-sources" >"$folder/found"
}

# build FOLDER TARGET...: Ninja; a line only when there is something to do.
build()
{
    folder=$1
    shift
    if ninja -C "$folder" -n "$@" 2>/dev/null 9>&- | tail -n 1 | grep -q 'no work to do'; then
        return
    fi
    say "building $(basename "$folder")"
    log=$folder/build.log
    if ! ninja -C "$folder" "$@" >"$log" 2>&1 9>&-; then
        grep -v -e '^\[[0-9/]*\] [A-Z]' -e '^FAILED' -e ' -o [^ ]* ' -e '^ninja: ' "$log" |
            head -n 60 >&2
        say "could not build (whole log: $log)"
        exit 4
    fi
}
