#!/usr/bin/env python3
"""The scripts of tools/: counting tests, calling the command from anywhere, doing no work twice."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
import sources  # noqa: E402

TOOLS = os.path.join(builds.ROOT, 'tools')


def run(command, cwd=builds.ROOT, **environment):
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


class Counting(unittest.TestCase):
    def count(self, *tests):
        with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
            for stdout, stderr, returncode, result in tests:
                log.write(json.dumps({'name': 'x', 'stdout': stdout, 'stderr': stderr, 'returncode': returncode,
                                      'result': result}) + '\n')
            log.flush()
            done = run([os.path.join(TOOLS, 'count-tests'), log.name])
        return done.stdout, done.returncode

    def test_cases_are_summed(self):
        self.assertEqual(self.count(
            ('Running suite(s): a\n100%: Checks: 12, Failures: 0, Errors: 0\n', '', 0, 'OK'),
            ('', '.....\nRan 5 tests in 0.1s\n\nOK\n', 0, 'OK')), ('17 passed, 0 failed\n', 0))

    def test_failures_are_counted(self):
        self.assertEqual(self.count(
            ('75%: Checks: 12, Failures: 2, Errors: 1\n', '', 1, 'FAIL'),
            ('', 'Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n', 1, 'FAIL')),
            ('11 passed, 5 failed, 1 skipped\n', 1))

    def test_a_bad_end_is_a_failure_even_if_every_case_passed(self):
        self.assertEqual(self.count(('100%: Checks: 3, Failures: 0, Errors: 0\n', 'leak', 1, 'FAIL')),
                         ('3 passed, 1 failed\n', 1))
        self.assertEqual(self.count(('', '', -11, 'FAIL')), ('0 passed, 1 failed\n', 1))
        self.assertEqual(self.count(('', '', 0, 'TIMEOUT')), ('0 passed, 1 failed\n', 1))

    def test_skips_are_told(self):
        self.assertEqual(self.count(('', '', 77, 'SKIP')), ('0 passed, 0 failed, 1 skipped\n', 0))
        self.assertEqual(self.count(('', 'Ran 2 tests in 0s\n\nOK (skipped=1)\n', 0, 'OK')),
                         ('1 passed, 0 failed, 1 skipped\n', 0))

    def test_no_test_at_all_is_a_failure(self):
        self.assertEqual(self.count()[1], 1)
        self.assertEqual(run([os.path.join(TOOLS, 'count-tests'), '/nowhere']).stdout, '0 passed, 1 failed\n')
        self.assertEqual(self.count(('nothing', '', 0, 'OK')), ('0 passed, 1 failed\n', 1))


class Running(unittest.TestCase):
    def test_a_second_call_builds_nothing_and_is_quick(self):
        command = [os.path.join(TOOLS, 'run'), '--version']
        self.assertEqual(run(command).returncode, 0)
        built = os.stat(builds.reference()).st_mtime_ns
        times = []
        for _ in range(5):
            begin = time.monotonic()
            done = run(command)
            times.append(time.monotonic() - begin)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(os.stat(builds.reference()).st_mtime_ns, built)
        self.assertLess(min(times), 0.5)

    def test_it_works_from_anywhere_and_says_how_to_repeat(self):
        scenario = builds.scenarios()[0]
        folder, name = os.path.split(os.path.join(builds.ROOT, scenario))
        typed = os.path.relpath(os.path.join(TOOLS, 'run'), folder)
        done = run([typed, name], cwd=folder)
        self.assertEqual(done.returncode, builds.HOLDS, done.stdout + done.stderr)
        self.assertIn(f'{typed} {name} --seed ', done.stdout)

    def test_it_works_through_links(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.join(TOOLS, 'run'), os.path.join(folder, 'there'))
            os.symlink('there', os.path.join(folder, 'orrery'))
            done = run([os.path.join(folder, 'orrery'), '--version'], cwd='/')
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('orrery ', done.stdout)

    def test_a_build_of_another_place_is_made_anew(self):
        with tempfile.TemporaryDirectory() as root:
            folder = os.path.join(root, 'build', 'release')
            script = f'root={root}; . {TOOLS}/setup.sh; own "$root/build/release"'
            for name, text, kept in (('source', '/elsewhere\n', False), ('source', root + '\n', True),
                                     ('meson-info/meson-info.json', '{"source": "/elsewhere"}', False),
                                     ('meson-info/meson-info.json', f'{{"source": "{root}"}}', True)):
                shutil.rmtree(folder, ignore_errors=True)
                os.makedirs(os.path.join(folder, os.path.dirname(name)))
                for path, content in ((name, text), ('build.ninja', '')):
                    with open(os.path.join(folder, path), 'w', encoding='utf-8') as file:
                        file.write(content)
                done = run(['sh', '-c', script])
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))
                self.assertEqual(os.path.exists(os.path.join(folder, 'build.ninja')), kept, (name, text))
                self.assertEqual(sources.read(folder, 'source'), root + '\n')

    def test_a_tree_that_cannot_be_written_is_told(self):
        with tempfile.TemporaryDirectory() as root:
            shutil.copytree(TOOLS, os.path.join(root, 'tools'))
            message = f'orrery: cannot write to {root}/build, which building needs\n'
            for obstacle in ('build', 'build/.lock/folder'):  # for root, nothing is read-only
                if os.path.dirname(obstacle):
                    os.makedirs(os.path.join(root, obstacle))
                else:
                    with open(os.path.join(root, obstacle), 'x', encoding='utf-8'):
                        pass
                done = run([os.path.join(root, 'tools', 'run'), 'models'])
                self.assertEqual((done.returncode, done.stdout, done.stderr), (builds.INTERNAL, '', message))
                if obstacle == 'build':
                    os.remove(os.path.join(root, obstacle))

    def test_subcommands_and_status_pass_through(self):
        tool = os.path.join(TOOLS, 'run')
        self.assertEqual(run([tool, 'models']).returncode, 0)
        self.assertEqual(run([tool, 'no-such-command']).returncode, builds.USAGE)
        self.assertEqual(run([tool, 'no-such-file.yaml']).returncode, builds.USAGE)
        self.assertEqual(run([tool, '-', '--quiet']).returncode, builds.USAGE)

    def test_unknown_tests_are_refused(self):
        for words in (['no_such_test'], ['--no-such-option']):
            self.assertEqual(run([os.path.join(TOOLS, 'test'), *words]).returncode, 2)

    def test_unknown_targets_are_refused(self):
        for words in (['no_such_target'], ['replay'], ['--no-such-option'], ['--minutes'], ['--minutes', '0x']):
            self.assertEqual(run([os.path.join(TOOLS, 'fuzz'), *words]).returncode, 2)


class Packages(unittest.TestCase):
    def test_every_family_has_a_name_for_everything_that_is_needed(self):
        needed = set()
        for path in ('tools/run', 'tools/test', 'tools/matrix', 'tools/fuzz'):
            for line in re.findall(r'^\s*need (.*)$', sources.read(builds.ROOT, path), re.M):
                needed |= set(line.split())
        self.assertIn('yaml', needed)
        script = f'root={builds.ROOT}; . {TOOLS}/setup.sh; package_name "$1" "$2"'
        own = {'meson', 'ninja', 'clang', 'gcc', 'pkg-config', 'check', 'gsl'}  # often called as they are
        for family in ('debian', 'fedora', 'arch', 'alpine', 'brew'):
            for thing in sorted(needed):
                name = run(['sh', '-c', script, 'sh', family, thing]).stdout.strip()
                self.assertTrue(name)
                self.assertTrue(name != thing or thing in own or family == 'arch', f'{family}: {thing}')

    def test_what_is_missing_is_named_and_what_is_there_is_not(self):
        script = f'root={builds.ROOT}; . {TOOLS}/setup.sh; missing "$@"'
        found = run(['sh', '-c', script, 'sh', 'sh', 'cc', 'no-such-program', 'python-no_such_module', 'libc'])
        self.assertEqual(found.stdout.split(), ['no-such-program', 'python-no_such_module'])


if __name__ == '__main__':
    unittest.main()
