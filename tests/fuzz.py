#!/usr/bin/env python3
"""The fuzz targets hold for their seeds, and for what is left of these when cut short; tools/fuzz looks further.

The targets are built here without libFuzzer (tests/fuzz/replay.c), with the sanitizers of all tests.
"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
import sources  # noqa: E402

FUZZ = os.path.join(builds.ROOT, 'tests', 'fuzz')
BUILD = os.environ.get('ORRERY_BUILD') or os.path.join(builds.ROOT, 'build', 'debug')


def targets():
    return sorted(name[:-2] for name in os.listdir(FUZZ)
                  if name.endswith('.c') and name not in ('replay.c', 'running.c'))


def replay(target, *arguments):
    """(status, inputs tried, stderr). Scenarios refer to files that lie among the bad ones."""
    done = subprocess.run([os.path.join(BUILD, 'tests', 'fuzz', f'fuzz-{target}'), *arguments], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, cwd=os.path.join(builds.ROOT, 'tests', 'bad'))
    return done.returncode, int(done.stdout.split()[0]) if done.stdout else 0, done.stderr[-4000:]


class Seeds(unittest.TestCase):
    def holds(self, target, *arguments):
        status, inputs, said = replay(target, *arguments)
        self.assertEqual(status, 0, said)
        return inputs

    def test_every_target_holds_for_its_lines(self):
        files = {target: os.path.join(FUZZ, target + '.seeds') for target in targets()}
        tried = [self.holds(target, '--lines', file) for target, file in files.items() if os.path.exists(file)]
        self.assertTrue(tried)
        self.assertGreater(min(tried), 20)

    def test_every_target_holds_for_its_files(self):
        for target in targets():
            folder = os.path.join(FUZZ, 'corpus', target)
            if os.path.isdir(folder):
                with self.subTest(target):
                    self.holds(target, *[os.path.join(folder, name) for name in sorted(os.listdir(folder))])

    def test_the_loader_holds_for_good_and_bad_scenarios_and_what_it_takes_runs(self):
        files = sources.files(builds.ROOT, '.yaml', under=('scenarios/', 'tests/bad/'))
        for target in ('scenario', 'run'):
            self.assertGreater(self.holds(target, *[os.path.join(builds.ROOT, file) for file in files]), 500)

    def test_the_loader_holds_with_what_a_command_line_adds(self):
        tails = ['#! fails_with', '#! variant x', '#! set nodes.store.count=3\n#! set faults[0].at=1s', '#! set =',
                 '#! set duration=\n#! fails_with', '#! variant \n']
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for scenario in builds.scenarios():
                for number, tail in enumerate(tails):
                    names.append(os.path.join(folder, f'{len(names)}-{number}.yaml'))
                    with open(names[-1], 'w', encoding='utf-8') as file:
                        file.write(f'{sources.read(builds.ROOT, scenario)}{tail}\n')
            self.holds('scenario', *names)


class Replaying(unittest.TestCase):
    def test_it_says_when_there_is_nothing_to_try(self):
        self.assertEqual(replay('filter')[0], 2)
        self.assertEqual(replay('filter', '/nowhere')[0], 2)

    def test_inputs_are_counted(self):
        with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
            file.write('kind=a\nkind=b\n')
            file.flush()
            whole, lines = replay('filter', file.name), replay('filter', '--lines', file.name)
        self.assertEqual(whole[0], 0, whole[2])
        self.assertEqual(lines[1], 2 * whole[1])


if __name__ == '__main__':
    unittest.main()
