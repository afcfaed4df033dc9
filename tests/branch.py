#!/usr/bin/env python3
"""Branches: up to a time a run is what it was, and from then on all luck is that of another seed."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

AT = 1500000000  # 1.5s
STORES = 'version: 1\nduration: 3s\nnodes: {store: {model: raft, count: 3%s}}\n'
STORM = """\
version: 1
name: storm
duration: 3s
network:
  latency: {lognormal: {median: 1ms, p99: 8ms}}
  loss: 1%
  duplicate: 1%
  weather: {good: 100ms..500ms, bad: 50ms..200ms, loss: 10%, slower: 3}
  links: [{from: app, to: store, transport: stream, loss: 2%}]
nodes:
  store: {model: raft, count: 5, processor: {workers: 1, cost: 10us..50us}, disk: {sync: 100us..1ms},
          clock: {offset: -5ms..5ms, drift: -50ppm..50ppm}}
  app: {model: kv-client, count: 3, target: store, rate: 50/s}
faults:
  - {every: {exponential: 300ms}, between: [0s, 3s], crash: {of: store, pick: 1}, for: 50ms..200ms}
  - {random: {of: store, every: {exponential: 200ms}, for: 20ms..300ms}, between: [200ms, 2800ms], label: chaos}
  - {at: 1s, crash_loop: {of: store, pick: 1}, down: 10ms..50ms, up: 10ms..200ms, for: 1500ms}
expect:
  - invariants
  - availability: {clients: app, at_least: 60%}
"""

# One sort of luck each, in a group that has no other that shows.
LUCK = {
    'latency': ('', 'network: {latency: 1ms..3ms}\n'),
    'loss': ('', 'network: {latency: 1ms, loss: 10%}\n'),
    'duplicate': ('', 'network: {latency: 1ms, duplicate: 10%}\n'),
    'weather': ('', 'network: {latency: 1ms, weather: {good: 50ms..100ms, bad: 50ms..100ms, loss: 0%, slower: 5}}\n'),
    'stream': ('', 'network: {latency: 1ms, transport: stream, loss: 5%}\n'),
    'processor': (', processor: {workers: 1, cost: 1us..100us}', 'network: {latency: 1ms}\n'),
    'random': ('', 'network: {latency: 1ms}\nfaults: [{random: {of: store, every: {exponential: 200ms}, '
               'kinds: [pause]}, between: [0s, 3s]}]\n'),
    'interval': ('', 'network: {latency: 1ms}\nfaults: [{every: {exponential: 200ms}, between: [0s, 3s], '
                 'pause: store-2, for: 1ms}]\n'),
    'pick': ('', 'network: {latency: 1ms}\nfaults: [{every: 100ms, between: [0s, 3s], pause: {of: store, pick: 1}, '
             'for: 1ms}]\n'),
    'length': ('', 'network: {latency: 1ms}\nfaults: [{every: 100ms, between: [0s, 3s], pause: store-2, '
               'for: 1ms..5ms}]\n'),
    'delay': ('', 'network: {latency: 1ms}\nfaults: [{at: 1600ms, pause: store-2, for: 1ms, '
              'label: nap}, {when: {fault: nap, delay: 1ms..20ms}, pause: store-1, for: 1ms}]\n'),
}


class Branches(Case):
    def trace(self, name, *arguments):
        status, _, err = self.orrery('run', name, '--quiet', '--trace', 'trace.jsonl', *arguments)
        self.assertIn(status, (builds.HOLDS, builds.VIOLATED, builds.UNDECIDED), err)
        self.assertEqual(err, '')
        return self.read('trace.jsonl').splitlines()

    def parts(self, trace, at=AT):
        first = next((i for i, line in enumerate(trace) if json.loads(line)['t'] >= at), len(trace))
        return trace[:first], trace[first:]

    def branch(self, name, seed, *arguments):
        return self.trace(name, '--seed', '4', '--branch-at', '1500ms', '--branch-seed', str(seed), *arguments)

    def test_the_past_is_the_same_to_the_byte(self):
        self.write('storm.yaml', STORM)
        run = self.trace('storm.yaml', '--seed', '4')
        past, future = self.parts(run)
        self.assertGreater(len(past), 1000)
        futures = {tuple(future)}
        for seed in range(5, 9):
            trace = self.parts(self.branch('storm.yaml', seed))
            self.assertEqual(trace[0], past)
            futures.add(tuple(trace[1]))
        self.assertEqual(len(futures), 5)
        self.assertEqual(self.branch('storm.yaml', 4), run)

    def test_a_branch_at_the_start_is_the_other_seed(self):
        self.write('storm.yaml', STORM)
        self.assertEqual(self.trace('storm.yaml', '--seed', '4', '--branch-at', '0s', '--branch-seed', '9'),
                         self.trace('storm.yaml', '--seed', '9'))

    def test_a_branch_at_the_end_is_the_run(self):
        self.write('storm.yaml', STORM)
        run = self.trace('storm.yaml', '--seed', '4')
        past = self.parts(run, 3000000000)[0]
        self.assertEqual(self.parts(self.trace('storm.yaml', '--seed', '4', '--branch-at', '3s',
                                               '--branch-seed', '9'), 3000000000)[0], past)

    def test_every_sort_of_luck_varies(self):
        """And only that: without it nothing does."""
        self.write('none.yaml', STORES % '' + 'network: {latency: 1ms}\n')
        self.assertEqual(self.branch('none.yaml', 1), self.branch('none.yaml', 2))
        for name, (keys, rest) in LUCK.items():
            with self.subTest(luck=name):
                self.write('luck.yaml', STORES % keys + rest)
                run = self.parts(self.trace('luck.yaml', '--seed', '4'))
                branches = [self.parts(self.branch('luck.yaml', seed)) for seed in (4, 5, 6)]
                self.assertEqual([past for past, _ in branches], 3 * [run[0]])
                self.assertEqual(branches[0], run)
                self.assertNotEqual(branches[1][1], branches[2][1])
                self.assertNotEqual(branches[1][1], run[1])

    def test_faults_under_way_end_as_they_would_have(self):
        self.write('long.yaml', STORES % '' + 'network: {latency: 1ms}\n'
                   'faults: [{at: 1s, pause: store-2, for: 600ms..900ms}]\n')
        ends = {next(json.loads(line)['t'] for line in self.branch('long.yaml', seed) if '"heal"' in line)
                for seed in range(4, 9)}
        self.assertEqual(len(ends), 1)

    def test_wrong_branches_are_refused(self):
        for arguments, message in (
                (('--branch-at', '1s'), '--branch-at TIME and --branch-seed N go together'),
                (('--branch-seed', '1'), '--branch-at TIME and --branch-seed N go together'),
                (('--branch-at', '10', '--branch-seed', '1'), "--branch-at '10': '10' needs a unit"),
                (('--branch-at', '4s', '--branch-seed', '1'), '--branch-at: the run ends at 3s'),
                (('--branch-at', '1s', '--branch-seed', 'x'), '--branch-seed takes a whole number up to'),
                (('--branch-at', '1s', '--branch-seed', '1', '--write-faults', 'f.yaml'),
                 '--write-faults: a scenario cannot say that it branches')):
            status, out, err = self.orrery('run', 'base.yaml', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), arguments)
            self.assertIn(message, err)
        for arguments, message in (
                (('--branch-at', '1s', '--branch-scan', '0s..1s/1s'), 'not both'),
                (('--branch-scan', '0s..1s'), "--branch-scan takes times such as 0s..60s/5s, not '0s..1s'"),
                (('--branch-scan', '2s..1s/1s'), "--branch-scan takes times such as"),
                (('--branch-scan', '0s..1s/0s'), "--branch-scan takes times such as"),
                (('--branch-scan', '0s..3s/1us'), '--branch-scan: more than 1000 times'),
                (('--branch-scan', '0s..4s/1s'), "--branch-at: the run ends at 3s"),
                (('--branch-scan', '0s..1s/1s', '--matrix', 'seed=1,2'), 'do not go together'),
                (('--seed', '3'), '--seed is what --branch-at or --branch-scan keep')):
            status, out, err = self.orrery('sweep', 'base.yaml', '--seeds', '1..2', *arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), arguments)
            self.assertIn(message, err)


class Sweeps(Case):
    def setUp(self):
        super().setUp()
        self.write('storm.yaml', STORM)

    def swept(self, *arguments):
        _, out, err = self.orrery('sweep', 'storm.yaml', '--seed', '4', *arguments)
        self.assertEqual(err, '')
        return out

    def test_a_sweep_is_of_branches_and_its_line_repeats_one(self):
        arguments = ('--branch-at', '1500ms', '--seeds', '1..8', '--json')
        swept = json.loads(self.swept(*arguments, '-j2'))
        self.assertEqual(swept['branches_of'], 4)
        self.assertEqual(len({run['digest'] for run in swept['runs']}), 8)
        plain = json.loads(self.orrery('run', 'storm.yaml', '--seed', '4', '--json')[1])['digest']
        self.assertEqual(swept['runs'][3]['digest'], plain)
        self.assertEqual(swept, json.loads(self.swept(*arguments, '-j1')))
        self.assertTrue(swept['failures'])
        first = swept['failures'][0]
        self.assertIn(f"--seed 4 --branch-at 1.5s --branch-seed {first['seed']}", first['repeat'])
        again = first['repeat'].replace('orrery ', '', 1).split()
        again = json.loads(self.orrery(*again, '--json')[1])
        self.assertEqual(again['digest'], swept['runs'][first['seed'] - 1]['digest'])
        self.assertIn('branches at 1.5s of seed 4 into the seeds 1..8',
                      ' '.join(self.swept(*arguments[:-1]).split()))

    def test_a_scan_is_one_sweep_for_each_time(self):
        arguments = ('--branch-scan', '500ms..2500ms/1s', '--seeds', '1..6')
        scan = json.loads(self.swept(*arguments, '--json'))
        times = [500000000, 1500000000, 2500000000]
        self.assertEqual([row['at'] for row in scan['branch'][::2]], times)
        for i, time in enumerate(times):
            alone = json.loads(self.swept('--branch-at', f'{time}ns', '--seeds', '1..6', '--json'))
            self.assertEqual([run['digest'] for run in scan['runs'][i::3]], [run['digest'] for run in alone['runs']])
            self.assertEqual(scan['branch'][2 * i:2 * i + 2], alone['branch'])
        table = self.swept(*arguments)
        for row in scan['branch']:
            if row['expectation'].startswith('avail'):
                self.assertRegex(table, rf"(?m)^ *{row['at'] / 1e9:.1f}s +{row['violated']} +{row['decided']}  "
                                 .replace('0.5s', '500ms'))
        if 'built without SQLite' in self.orrery('sweep', 'base.yaml', '--seeds', '1', '--db', 'try.db')[2]:
            self.skipTest('orrery was built without SQLite')
        self.assertEqual(self.swept(*arguments, '--db', 'a.db'), table)
        self.assertEqual(self.orrery('sweep', '--db', 'a.db', '--summary')[1], table)
        status, _, err = self.orrery('sweep', 'storm.yaml', '--seeds', '1..6', '--seed', '4', '--db', 'a.db',
                                     '--branch-scan', '500ms..2500ms/500ms')
        self.assertEqual(status, builds.USAGE)
        self.assertIn('another scenario', err)


if __name__ == '__main__':
    unittest.main()
