#!/usr/bin/env python3
"""A run written down with all its decisions (`run --write-decisions`) is the same run, whatever seed the file is given."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

SCENARIOS = ('consensus/leader-cut-off', 'faults/duplicate-messages', 'faults/drop-messages')


def run(path, *arguments):
    done = subprocess.run([builds.reference(), 'run', path, *arguments], cwd=builds.ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    lines = [line for line in done.stdout.splitlines() if line.startswith('digest')]
    return lines[-1] if lines else done.stderr


class Written(unittest.TestCase):
    def test_it_is_the_same_run_under_every_seed(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, 'out.yaml')
            for name in SCENARIOS:
                path = f'scenarios/{name}.yaml'
                if not os.path.exists(os.path.join(builds.ROOT, path)):
                    continue
                for seed in ('1', '5'):
                    digest = run(path, '--seed', seed, '--write-decisions', out)
                    self.assertTrue(digest.startswith('digest'), digest)
                    self.assertEqual(run(out, '--seed', '77'), digest, f'{path} seed {seed}')

    def test_without_its_decisions_it_is_another_run(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, 'out.yaml')
            digest = run('scenarios/consensus/leader-cut-off.yaml', '--write-decisions', out)
            self.assertNotEqual(run(out, '--set', 'luck.messages=plain'), digest)
            self.assertNotEqual(run(out, '--set', 'luck.draws=plain'), digest)


if __name__ == '__main__':
    unittest.main()
