#!/usr/bin/env python3
"""Who may know whom, and what may not reach a run.

Three sets of rules over sim/, models/ and tools/: the includes of each folder (the arrows of ARCHITECTURE.md), calls
that would let the machine into a run, and the symbols that the built libraries leave to others. Every rule is tried on
a small tree with a planted offence.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import sources  # noqa: E402

ROOT = os.environ.get('ORRERY_ROOT') or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get('ORRERY_BUILD') or os.path.join(ROOT, 'build', 'debug')

# -- includes ----------------------------------------------------------------------------------------------------

LAYERS = {
    'sim/core/': ('sim/core/',),
    'sim/world/': ('sim/core/', 'sim/world/'),
    'sim/observe/': ('sim/core/', 'sim/world/', 'sim/observe/'),
    'sim/check/': ('sim/core/', 'sim/world/', 'sim/observe/', 'sim/check/'),
    'sim/scenario/': ('sim/core/', 'sim/world/', 'sim/scenario/'),
    'tools/orrery/': ('sim/', 'models/models.h', 'tools/orrery/'),
    'tools/bench/': ('sim/', 'models/', 'tools/bench/'),
    'tests/tools_': ('sim/', 'models/', 'tests/', 'tools/orrery/'),  # tests of the command's own files
    'tests/': ('sim/', 'models/', 'tests/'),
}
MODEL_HEADERS = {'assert.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'string.h'}
LIBRARY_HEADERS = MODEL_HEADERS | {
    'errno.h', 'float.h', 'inttypes.h', 'limits.h', 'stdalign.h', 'stdarg.h', 'stdio.h', 'stdlib.h',
}
# Further headers of single files or folders.
MORE_HEADERS = {
    'sim/scenario/': {'yaml.h'},
    'sim/core/mem.c': {'sys/mman.h', 'unistd.h'},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def allowed_of_model(path):
    """What a file under models/ may include of the project."""
    parts = path.split('/')
    allowed = ('sim/world/model.h', 'models/parts/')
    if path.startswith('models/models.'):
        return allowed + ('models/models.h', 'sim/world/filter.h')
    if parts[1] == 'filters':
        return ('sim/world/filter.h', 'models/parts/')
    if parts[1] != 'parts' and len(parts) > 3:
        return allowed + ('/'.join(parts[:3]) + '/',)
    return allowed


def headers_of(path):
    allowed = MODEL_HEADERS if path.startswith('models/') else LIBRARY_HEADERS
    for prefix, more in MORE_HEADERS.items():
        if path.startswith(prefix):
            allowed = allowed | more
    return allowed


def wrong_includes(root):
    wrong = []
    for path in sources.files(root, '.c', '.h', under=('sim/', 'models/', 'tools/', 'tests/')):
        if path.startswith('models/'):
            allowed = allowed_of_model(path)
        else:
            allowed = next((a for layer, a in LAYERS.items() if path.startswith(layer)), ())
        for number, line in sources.numbered(sources.bare(sources.read(root, path), True)):
            found = INCLUDE.match(line)
            if not found:
                continue
            system, name = found.group(1) == '<', found.group(2)
            if system and path.startswith(('sim/', 'models/')) and name not in headers_of(path):
                wrong.append(f'{path}:{number}: <{name}> is not for this folder')
            elif not system and (not name.startswith(allowed) or '..' in name):
                wrong.append(f'{path}:{number}: "{name}" runs against the arrows')
    return wrong


# -- calls -------------------------------------------------------------------------------------------------------

LIBM = ('exp exp2 expm1 exp10 log log2 log10 log1p pow sin cos tan asin acos atan atan2 sinh cosh tanh '
        'asinh acosh atanh erf erfc tgamma lgamma cbrt hypot fma fmod remainder ldexp frexp j0 j1 jn y0 y1 yn').split()
BANNED = {
    'a clock': 'time clock clock_gettime clock_getres gettimeofday times ftime timespec_get localtime localtime_r '
               'gmtime gmtime_r mktime strftime sleep usleep nanosleep __rdtsc __builtin_ia32_rdtsc',
    'foreign randomness': 'rand srand rand_r random srandom drand48 erand48 lrand48 nrand48 mrand48 srand48 getrandom '
                          'getentropy arc4random arc4random_uniform',
    'the environment': 'getenv secure_getenv setenv putenv getpid gethostname uname sysconf getrusage',
    'the locale': 'setlocale newlocale uselocale localeconv strcoll strxfrm isalpha isdigit isalnum isspace isupper '
                  'islower isprint ispunct isxdigit toupper tolower strtod strtof strtold atof scanf sscanf fscanf '
                  'strcasecmp strncasecmp',
    'libm': ' '.join(f'{name} {name}f {name}l' for name in LIBM),
    'an order that the C library chooses (sort by sim/core/sort.h)': 'qsort qsort_r qsort_s',
    'threads': 'pthread_create thrd_create fork vfork',
    'unchecked numbers': 'atoi atol atoll',
    'text without a bound': 'gets strcat vsprintf alloca',
}
# What only the command does: say something by itself, end the program.
SPEAKING = {
    'the end of the program': 'exit _exit _Exit quick_exit abort atexit',
    'a message of its own': 'printf vprintf puts putchar perror',
    'memory behind the back of sim/core/mem.h': 'malloc calloc realloc free aligned_alloc posix_memalign strdup '
                                                'strndup asprintf vasprintf mmap munmap reallocarray',
}
MAY_SPEAK = ('sim/core/mem.c',)
STREAMS = re.compile(r'\b(stdout|stderr)\b')
GSL = re.compile(r'\bgsl_\w+(?=\s*\()')
CALL = re.compile(r'\b([A-Za-z_]\w*)\s*\(')
MEMBER = re.compile(r'(?:->|\.)\s*$')
FLOATING = re.compile(r'%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?L?[aAeEfFgG]')


def wrong_calls(root):
    wrong = []
    names = {call: why for why, calls in BANNED.items() for call in calls.split()}
    speaking = {call: why for why, calls in SPEAKING.items() for call in calls.split()}
    for path in sources.files(root, '.c', '.h', under=('sim/', 'models/')):
        banned = names if path in MAY_SPEAK else {**names, **speaking}
        text = sources.read(root, path)
        for number, line in sources.numbered(sources.bare(text)):
            for found in CALL.finditer(line):
                call = found.group(1)
                if call in banned and not MEMBER.search(line[:found.start()]):
                    wrong.append(f'{path}:{number}: {call}() is {banned[call]}')
            for found in GSL.finditer(line):
                wrong.append(f'{path}:{number}: {found.group(0)}: GSL computes nothing here')
            for found in STREAMS.finditer(line):
                if path not in MAY_SPEAK:
                    wrong.append(f'{path}:{number}: {found.group(0)}: only the command speaks')
        if path.startswith(('sim/world/', 'models/')):
            for number, string in sources.strings(text):
                if FLOATING.search(string):
                    wrong.append(f'{path}:{number}: a floating-point number as text')
    return wrong


# -- symbols -----------------------------------------------------------------------------------------------------

LIBRARIES = {
    'sim/core': 'sim/core/libsim-core.a',
    'sim/world': 'sim/world/libsim-world.a',
    'sim/observe': 'sim/observe/libsim-observe.a',
    'sim/check': 'sim/check/libsim-check.a',
    'sim/scenario': 'sim/scenario/libsim-scenario.a',
    'models': 'models/libmodels.a',
}
BELOW = {
    'sim/core': (),
    'sim/world': ('sim/core',),
    'sim/observe': ('sim/core', 'sim/world'),
    'sim/check': ('sim/core', 'sim/world', 'sim/observe'),
    'sim/scenario': ('sim/core', 'sim/world'),
    'models': ('sim/core', 'sim/world'),
}
MEMORY = ('memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp strchr strrchr strstr strspn strcspn '
          'strpbrk strcpy')
TEXT = 'snprintf sprintf vsnprintf fprintf vfprintf fputs fputc putc fwrite'
FILES = ('fopen fclose fread fseek ftell ferror feof fflush getc fgetc fgets rewind remove strerror '
         '__errno_location stdin')
LIBC = {
    'sim/core': f'{MEMORY} snprintf vsnprintf fprintf fputs fwrite stderr sqrt malloc calloc realloc free '
                'aligned_alloc posix_memalign abort exit _exit mmap munmap madvise sysconf',
    'sim/world': f'{MEMORY} snprintf vsnprintf sqrt',
    'sim/observe': f'{MEMORY} {TEXT} {FILES} sqrt',
    'sim/check': f'{MEMORY} {TEXT} sqrt',
    'sim/scenario': f'{MEMORY} {TEXT} {FILES} sqrt open_memstream fmemopen realpath',
    'models': f'{MEMORY}',
}
# What compilers, assert and the sanitizers add.
TOOLCHAIN = re.compile(r'^(__assert_fail|__asan_\w+|__ubsan_\w+|__sanitizer_\w+|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|'
                       r'__udivti3|__umodti3|__udivmodti4|__popcountdi2|__divti3|__modti3|__muloti4|'
                       r'__gcov_\w+|__tls_get_addr)$')
LARGE_FILES = re.compile(r'(?<=^fopen)64$|(?<=^fseeko)64$|(?<=^ftello)64$')
FORTIFIED = re.compile(r'^__(\w+)_chk$')


def symbols(library, option):
    listed = subprocess.run(['nm', '-P', option, library], check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines() if len(line.split()) > 1}


def wrong_symbols(build, libraries=None):
    libraries = libraries or LIBRARIES
    present = {layer: os.path.join(build, file) for layer, file in libraries.items()
               if os.path.exists(os.path.join(build, file))}
    defined = {layer: symbols(file, '--defined-only') for layer, file in present.items()}
    wrong = []
    for layer, file in present.items():
        known = set(LIBC[layer].split()).union(defined[layer], *(defined.get(b, set()) for b in BELOW[layer]))
        for name in sorted(symbols(file, '--undefined-only')):
            plain = LARGE_FILES.sub('', FORTIFIED.sub(r'\1', name))
            if plain in known or TOOLCHAIN.match(name) or (layer == 'sim/scenario' and name.startswith('yaml_')):
                continue
            wrong.append(f'{file}: leaves {name} to others')
    return wrong, present


# -- the tree itself -----------------------------------------------------------------------------------------------

class Tree(unittest.TestCase):
    def none(self, wrong):
        if wrong:
            self.fail('\n' + '\n'.join(wrong))

    def test_includes_follow_the_arrows(self):
        wrong = wrong_includes(ROOT)
        self.none(wrong)

    def test_nothing_of_the_machine_is_called(self):
        wrong = wrong_calls(ROOT)
        self.none(wrong)

    def test_libraries_leave_only_known_symbols(self):
        wrong, present = wrong_symbols(BUILD)
        self.assertEqual(set(present), set(LIBRARIES), f'not built in {BUILD}')
        self.none(wrong)


# -- the rules, each with a planted offence --------------------------------------------------------------------

class Rules(unittest.TestCase):
    CLEAN = {
        'sim/core/a.c': '#include "sim/core/a.h"\n#include <string.h>\n/* time( is only spoken of */\n',
        'sim/world/b.c': '#include "sim/core/a.h"\n#include "sim/world/model.h"\n'
                         'int f(struct s *x) { return x->time(3); }\n',
        'sim/check/c.c': '#include "sim/observe/history.h"\nconst char *t = "exp(";\n',
        'sim/world/e.c': 'unsigned f(unsigned a, struct s *from) { return a % from->count; }\n',
        'sim/scenario/d.c': '#include <yaml.h>\n#include "sim/world/plan.h"\n',
        'models/area/m.c': '#include "models/parts/p.h"\n#include "sim/world/model.h"\n#include <assert.h>\n',
        'models/area/n/n.c': '#include "models/area/n/log.h"\n#include "sim/world/model.h"\n',
        'models/parts/p.c': '#include "models/parts/p.h"\n',
        'tools/orrery/main.c': '#include "models/models.h"\n#include "sim/scenario/scenario.h"\n#include <getopt.h>\n',
        'tests/tools_t.c': '#include "tools/orrery/report.h"\n',
        'tests/t.c': '#include "sim/core/a.h"\n#include <check.h>\n#include <math.h>\n',
    }

    def complaints(self, path, text):
        tree = {**self.CLEAN, path: self.CLEAN.get(path, '') + text}
        return wrong_includes(tree) + wrong_calls(tree)

    def refuses(self, path, text):
        found = self.complaints(path, text)
        self.assertEqual(len(found), 1, (path, text, found))
        self.assertTrue(found[0].startswith(path + ':'), found)

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.complaints('sim/core/a.c', ''), [])

    def test_an_arrow_that_runs_back_is_refused(self):
        for path, name in (
                ('sim/core/a.c', 'sim/world/model.h'), ('sim/world/b.c', 'sim/observe/trace.h'),
                ('sim/world/b.c', 'sim/scenario/tree.h'), ('sim/observe/o.c', 'sim/check/checker.h'),
                ('sim/check/c.c', 'sim/scenario/tree.h'), ('sim/check/c.c', 'models/models.h'),
                ('sim/scenario/d.c', 'sim/check/checker.h'), ('sim/scenario/d.c', 'models/models.h'),
                ('models/area/m.c', 'sim/world/world.h'), ('models/area/m.c', 'sim/core/rng.h'),
                ('models/area/m.c', 'models/area/n/log.h'), ('models/area/n/n.c', 'models/area/m.h'),
                ('models/parts/p.c', 'models/area/m.h'), ('tools/orrery/main.c', 'models/area/m.h'),
                ('tests/t.c', 'tools/orrery/command.h'), ('sim/core/a.c', 'tools/orrery/command.h'),
                ('sim/world/b.c', 'sim/core/../observe/trace.h')):
            self.refuses(path, f'#include "{name}"\n')

    def test_a_foreign_header_is_refused(self):
        for path, name in (
                ('sim/core/a.c', 'math.h'), ('sim/core/a.c', 'time.h'), ('sim/world/b.c', 'yaml.h'),
                ('sim/check/c.c', 'gsl/gsl_rng.h'), ('sim/observe/o.c', 'locale.h'), ('models/area/m.c', 'stdio.h'),
                ('models/parts/p.c', 'stdlib.h'), ('sim/world/b.c', 'pthread.h'), ('sim/scenario/d.c', 'ctype.h')):
            self.refuses(path, f'#include <{name}>\n')

    def test_every_banned_call_is_refused(self):
        for calls in (*BANNED.values(), *SPEAKING.values()):
            for call in calls.split():
                self.refuses('sim/world/b.c', f'int g(void) {{ return {call} (1); }}\n')
                self.refuses('models/area/m.c', f'int g(void) {{ return !{call}(1); }}\n')

    def test_gsl_streams_and_floating_text_are_refused(self):
        self.refuses('sim/check/c.c', 'double g(void) { return gsl_stats_mean(x); }\n')
        self.refuses('sim/check/c.c', 'void g(void) { fprintf(stderr, "x"); }\n')
        self.refuses('sim/world/b.c', 'void g(void) { snprintf(t, 9, "%5.2f", x); }\n')
        self.refuses('models/parts/p.c', 'const char *t = "%g";\n')

    def test_a_foreign_symbol_is_refused(self):
        for layer, text, wanted in (
                ('sim/world', 'double exp(double); double f(double x) { return exp(x); }', 'exp'),
                ('models', 'int puts(const char *); int f(void) { return puts(""); }', 'puts'),
                ('sim/check', 'void yaml_parser_delete(void *); void f(void *p) { yaml_parser_delete(p); }',
                 'yaml_parser_delete')):
            with tempfile.TemporaryDirectory() as folder:
                source, built = os.path.join(folder, 'x.c'), os.path.join(folder, 'x.o')
                with open(source, 'w', encoding='utf-8') as file:
                    file.write(text)
                subprocess.run([os.environ.get('CC', 'cc'), '-fno-builtin', '-c', '-o', built, source], check=True)
                wrong, _ = wrong_symbols(folder, {layer: 'x.o'})
                self.assertEqual(wrong, [f'{built}: leaves {wanted} to others'])


if __name__ == '__main__':
    unittest.main()
