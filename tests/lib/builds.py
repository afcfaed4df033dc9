"""Builds of the command by several compilers, and runs of it.

The reference is what tools/run builds. Others lie in build/matrix/<name>; Meson and Ninja are called at most once a
process for each, under a lock of the folder, so that tests that run side by side do not build twice.
"""
import fcntl
import json
import os
import shutil
import subprocess

ROOT = os.environ.get('ORRERY_ROOT') or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REFERENCE = os.path.join(ROOT, 'build', 'release')
COMMAND = os.path.join('tools', 'orrery', 'orrery')
HOLDS, VIOLATED, USAGE, UNDECIDED, INTERNAL = range(5)

# name: (compiler, options of Meson, environment of the runs)
BUILDS = {
    'gcc-O0': ('gcc', ['-Doptimization=0'], {}),
    'clang-O2': ('clang', ['-Doptimization=2'], {}),
    'gcc-O3-native': ('gcc', ['-Doptimization=3', '-Dc_args=-march=native'], {}),
    'clang-sanitized': ('clang', ['-Doptimization=1', '-Db_sanitize=address,undefined', '-Db_lundef=false'],
                        {'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'}),
    'gcc-mpi': ('gcc', ['-Doptimization=1', '-Dmpi=enabled'], {}),
}
# The reference again, on a processor that says it has no fused multiply-add: the C library takes
# other code paths.
WITHOUT_FMA = {'GLIBC_TUNABLES': 'glibc.cpu.hwcaps=-AVX2,-FMA'}

built = {}


class Failed(Exception):
    pass


def call(arguments, **more):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode:
        raise Failed(f'{" ".join(arguments)}: status {done.returncode}\n{done.stdout[-4000:]}')


def reference():
    """The command as tools/run builds it."""
    path = os.path.join(REFERENCE, COMMAND)
    if not os.path.exists(path):
        raise Failed(f'{path} is missing: tools/test builds it')
    return path


def available(name):
    return shutil.which(BUILDS[name][0]) is not None


def build(name):
    """The command as built by NAME."""
    if name not in built:
        compiler, options, _ = BUILDS[name]
        folder = os.path.join(ROOT, 'build', 'matrix', name)
        os.makedirs(folder, exist_ok=True)
        with open(folder + '.lock', 'w', encoding='utf-8') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            again = ['--reconfigure'] if os.path.exists(os.path.join(folder, 'build.ninja')) else []
            call(['meson', 'setup', *again, '-Ddebug=false', '-Dtests=disabled', '-Dwerror=true', *options,
                  folder, ROOT], env={**os.environ, 'CC': compiler})
            with open(os.path.join(folder, 'build.ninja'), encoding='utf-8') as rules:
                if options[0].replace('-Doptimization=', ' -O') + ' ' not in rules.read():
                    raise Failed(f'{name}: {options[0]} had no effect')
            call(['ninja', '-C', folder, COMMAND])
        built[name] = os.path.join(folder, COMMAND)
    return built[name]


def scenarios():
    """Paths relative to the root, sorted."""
    found = []
    for folder, _, names in os.walk(os.path.join(ROOT, 'scenarios')):
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names if name.endswith('.yaml')]
    return sorted(found)


def orrery(command, *arguments, environment=None, cwd=ROOT):
    """(status, stdout, stderr) of a call of the command."""
    done = subprocess.run([command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, cwd=cwd,
                          env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def digest(command, scenario, seed, *arguments, environment=None, cwd=ROOT):
    """The digest of one run; whether its expectations hold is another matter."""
    path = os.path.join(ROOT, scenario)
    status, out, err = orrery(command, 'run', path, '--seed', str(seed), '--quiet', '--json', *arguments,
                              environment=environment, cwd=cwd)
    if status not in (HOLDS, VIOLATED, UNDECIDED):
        raise Failed(f'{scenario}, seed {seed}: status {status}\n{err[-2000:]}')
    return json.loads(out)['digest']
