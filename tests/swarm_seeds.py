#!/usr/bin/env python3
"""Seeds of scenarios/consensus/swarm.yaml that once failed, each with who was wrong, and seeds that must fail:
those under which a knob of Raft is caught."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

SWARM = 'scenarios/consensus/swarm.yaml'

# The scenario as it was when these were found.
SPARSE = ('--set', 'faults[0].random.every={exponential: 1s}', '--set', 'faults[0].random.for=100ms..10s',
          '--set', 'nodes.app.rate=10/s', '--set', 'nodes.app.keys.count=40')

# (seed, how it was run, what was wrong and is mended)
ONCE_FAILED = [
    (seed, arguments,
     'nobody was answered for 20 s after all had healed: `slow` three times on one node and `disk_slow` on top made '
     'minutes of a sync of 1 ms, and one that has begun keeps its length. What multiplies is not piled up any more '
     '(sim/world/draw.h)')
    for seed, arguments in [(164, SPARSE), (1308, SPARSE), (1666, SPARSE), (1964, SPARSE),
                            (424, (*SPARSE, '--variant', 'seven')), (164, (*SPARSE, '--variant', 'stream'))]
]

# (knob, a seed that catches it)
CAUGHT = [('vote_ignores_log', 2), ('ack_before_sync', 10), ('local_reads', 14), ('read_index_before_own_commit', 3)]


class Seeds(unittest.TestCase):
    def run_swarm(self, seed, *arguments):
        status, out, err = builds.orrery(builds.reference(), 'run', SWARM, '--seed', str(seed), *arguments)
        self.assertEqual(err, '')
        return status, out

    def test_seeds_that_once_failed_hold(self):
        for seed, arguments, why in ONCE_FAILED:
            with self.subTest(seed=seed, arguments=arguments):
                status, out = self.run_swarm(seed, *arguments)
                self.assertEqual(status, builds.HOLDS, f'once {why}\n{out}')

    def test_seeds_catch_knobs(self):
        for knob, seed in CAUGHT:
            with self.subTest(knob):
                self.assertEqual(self.run_swarm(seed)[0], builds.HOLDS)
                status, out = self.run_swarm(seed, '--set', f'nodes.store.bugs=[{knob}]')
                self.assertEqual(status, builds.VIOLATED, out)


if __name__ == '__main__':
    unittest.main()
