#!/usr/bin/env python3
"""What `orrery shrink` leaves of a failing run fails in the same way, by itself, and nothing can be taken out of it; it
is the same whoever runs it with however many workers."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

SWARM = os.path.join(builds.ROOT, 'scenarios', 'consensus', 'swarm.yaml')
# 60 s of random faults, 5 nodes, 8 clients, a leader with a log that is too short
FAILS = (SWARM, '--seed', '12', '--set', 'nodes.app.count=8', '--set', 'nodes.store.bugs=[vote_ignores_log]')
CRASHES = '''
version: 1
seed: 3
duration: 20s
network: {latency: 1ms}
nodes:
  store: {model: raft, count: 3, disk: {sync: 1ms..10ms, unsynced: dropped}, bugs: [ack_before_sync]}
  app: {model: kv-client, count: 3, target: store, rate: 25/s}
faults:
  - {every: {exponential: 1s}, between: [2s, 18s], power_loss: store, for: 200ms..1s}
expect: [%s]
'''
# what is lost on connections is left to a seed, and messages and draws are plain
STREAMS = '''
version: 1
duration: 20s
network: {latency: 1ms, loss: 10%, transport: stream, stream: {rto: 500ms}}
luck: {seed: 5, messages: plain, draws: plain, disks: drawn}
nodes:
  server: {model: requests, target: server}
  client: {model: requests, count: 2, target: server, every: 400ms, timeout: 3s}
expect: [{latency: {clients: client, p99: 300ms}}]
'''


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


class Shrink(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(folder.name, 'out.yaml')

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def shrink(self, *arguments):
        return builds.orrery(builds.reference(), 'shrink', *arguments, '--out', self.out, cwd=self.folder)

    def verdicts(self, path, *arguments):
        _, out, err = builds.orrery(builds.reference(), 'run', path, '--json', *arguments)
        self.assertTrue(out, err)
        return json.loads(out)

    def fails(self, tree, kind):
        """Whether the scenario TREE violates KIND; one that does not load violates nothing."""
        path = self.write('part.yaml', yaml.safe_dump(tree))
        status, out, err = builds.orrery(builds.reference(), 'run', path, '--json')
        if status == builds.USAGE:
            self.assertIn('error', err)
            return False
        return any(v['status'] == 'violated' and kind in (v['checker'], v['text'].split(' ')[0])
                   for v in json.loads(out)['verdicts'])

    def check_luck(self, tree, kind, told):
        """Of the decisions that are written out none can go; with them, nothing is left to a seed."""
        count = 0
        for name in ('messages', 'draws'):
            entries = tree['luck'].get(name, 'drawn')
            for i in range(0 if isinstance(entries, str) else len(entries)):
                luck = {**tree['luck'], name: entries[:i] + entries[i + 1:]}
                self.assertFalse(self.fails({**tree, 'luck': luck}, kind), f'without {entries[i]}')
                count += 1
        self.assertEqual(told, {'seeded': 'seed' in tree['luck'], 'decisions': count})
        self.assertEqual('# No seed decides anything in it' in read(self.out), not told['seeded'])
        self.assertLessEqual(count, 12)

    def check_least(self, kind, *arguments, more_than=40):
        """Shrinks, and says what is left: it fails under any seed, and not without one of its faults,
        operations or decisions."""
        status, out, err = self.shrink(*arguments, '--json')
        self.assertEqual(status, builds.VIOLATED, err)
        told = json.loads(out)
        self.assertEqual((told['kind'], told['end']), (kind, 'whole'))
        for seed in ('1', '77'):
            self.assertEqual(self.verdicts(self.out, '--seed', seed)['digest'], told['digest'])
        text = read(self.out)
        self.assertIn('# shrunk by orrery\n', text)
        tree = yaml.safe_load(text)
        self.assertTrue(self.fails(tree, kind))
        self.assertEqual(len(tree.get('faults', [])), told['after']['faults'])
        for i in range(len(tree.get('faults', []))):
            less = {**tree, 'faults': tree['faults'][:i] + tree['faults'][i + 1:]}
            self.assertFalse(self.fails(less, kind), f'without fault {i} of\n{text}')
        operations = tree['nodes'].get('app', {}).get('operations', [])
        self.assertEqual(len(operations), told['after']['operations'])
        for i in range(len(operations)):
            app = {**tree['nodes']['app'], 'operations': operations[:i] + operations[i + 1:]}
            less = {**tree, 'nodes': {**tree['nodes'], 'app': app}}
            self.assertFalse(self.fails(less, kind), f'without operation {i} of\n{text}')
        self.check_luck(tree, kind, told['luck'])
        self.assertGreater(told['before']['faults'], more_than)
        self.assertLessEqual(told['after']['faults'], 6)
        self.assertLessEqual(told['after']['operations'], 8)
        self.assertLess(told['after']['nodes'], told['before']['nodes'])
        return text

    def test_what_is_left_fails_and_nothing_is_left_over(self):
        text = self.check_least('leader-completeness', *FAILS)
        self.assertIn('--seed 12', text)
        luck = yaml.safe_load(text)['luck']
        self.assertNotIn('seed', luck)
        self.assertIn('election-timeout', str(luck['draws']))

    def test_moment_among_hundreds_of_operations(self):
        """Links that take the same time for all leave no moment at which one member has an entry
        and another has not, but for disks that differ by a millisecond."""
        self.check_least('leader-completeness', SWARM, '--seed', '22',
                         '--set', 'nodes.app.count=8',
                         '--set', 'nodes.store.bugs=[vote_ignores_log]',
                         more_than=18)  # all that strike in the 9 s before it fails

    def test_longer_run_than_is_written_down(self):
        """It fails after more operations than are ever listed, and no rate can be lowered: the last
        of them are listed."""
        lease = os.path.join(builds.ROOT, 'scenarios', 'museum', 'lease-on-a-slow-clock.yaml')
        self.check_least('linearizable', lease, '--seed', '36', '--set', 'nodes.app.count=8',
                         '--set', 'nodes.store.count=5', '--set',
                         'expect=[{linearizable: {clients: app}}]', more_than=10)

    def test_luck_that_cannot_be_written_out_keeps_its_seed(self):
        status, out, err = self.shrink(self.write('x.yaml', STREAMS), '--json')
        self.assertEqual(status, builds.VIOLATED, err)
        told = json.loads(out)
        self.assertEqual(told['luck'], {'seeded': True, 'decisions': 0})
        luck = yaml.safe_load(read(self.out))['luck']
        self.assertEqual({**luck, 'seed': 0}, {
            'seed': 0, 'messages': 'plain', 'draws': 'plain', 'disks': 'plain', 'processors': 'plain'})
        for seed in ('1', '77'):
            self.assertEqual(self.verdicts(self.out, '--seed', seed)['digest'], told['digest'])

    def test_operations_that_contradict_each_other(self):
        text = self.check_least('linearizable', SWARM, '--seed', '3', '--set', 'nodes.app.count=8', '--set',
                                'nodes.store.bugs=[local_reads]')
        self.assertIn('read: {key:', text)
        self.assertEqual(yaml.safe_load(text)['nodes']['store']['bugs'], ['local_reads'])

    def test_planted_bug_stays(self):
        """Nothing is ever answered behind a cut that does not end, whoever leads; still it is the run
        with the bug that is told of."""
        path = self.write('cut.yaml', """
version: 1
duration: 10s
nodes:
  store: {model: raft, count: 3, bugs: [local_reads, vote_ignores_log]}
  app: {model: kv-client, target: store, rate: 5/s}
faults: [{at: 5s, isolate: store-0}, {at: 5s, isolate: store-1}]
expect: [availability: {clients: app, at_least: 99%}]
""")
        status, _, err = self.shrink(path)
        self.assertEqual(status, builds.VIOLATED, err)
        self.assertEqual(len(yaml.safe_load(read(self.out))['nodes']['store']['bugs']), 1)

    def test_workers_do_not_matter(self):
        found = []
        for jobs in ('1', '2', '5'):
            status, out, err = self.shrink(*FAILS, '--runs', '900', '--jobs', jobs)
            self.assertEqual(status, builds.VIOLATED, err)
            found.append((out, read(self.out)))
        self.assertIn('more might go', found[0][1])
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], found[2])

    def test_workers_do_not_matter_to_the_end(self):
        found = []
        for jobs in ('1', '3'):
            status, _, err = self.shrink(SWARM, '--seed', '3', '--set', 'nodes.app.count=8', '--set',
                                         'nodes.store.bugs=[local_reads]', '--jobs', jobs)
            self.assertEqual(status, builds.VIOLATED, err)
            found.append(read(self.out))
        self.assertNotIn('more might go', found[0])
        self.assertEqual(found[0], found[1])

    def test_seed_that_holds(self):
        status, out, err = self.shrink(SWARM, '--seed', '1', '--set', 'duration=25s', '--set', 'faults=[]')
        self.assertEqual((status, out), (builds.USAGE, ''))
        self.assertIn('nothing fails under seed 1', err)
        self.assertFalse(os.path.exists(self.out))

    def test_violation_that_is_expected(self):
        for expected in ('invariants', '{violation: {name: leader-completeness}}'):
            with self.subTest(expected):
                path = self.write('x.yaml', CRASHES % expected)
                status, _, err = self.shrink(path)
                self.assertEqual(status, builds.VIOLATED, err)
                tree = yaml.safe_load(read(self.out))
                self.assertEqual(len(tree['expect']), 1)
                self.assertIn(expected.strip('{}').split(':')[0], str(tree['expect'][0]))
                self.assertLessEqual(len(tree['faults']), 3)

    def test_interrupt_keeps_the_best(self):
        with subprocess.Popen([builds.reference(), 'shrink', *FAILS, '--out', self.out], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, builds.VIOLATED, err)
        self.assertIn('interrupted', out)
        self.assertTrue(self.fails(yaml.safe_load(read(self.out)), 'leader-completeness'))

    def test_budget_of_time(self):
        status, out, err = self.shrink(*FAILS, '--time', '1s')
        self.assertEqual(status, builds.VIOLATED, err)
        self.assertIn('the time was over', out)
        self.assertTrue(self.fails(yaml.safe_load(read(self.out)), 'leader-completeness'))

    def test_nothing_is_written_over(self):
        path = self.write('x.yaml', CRASHES % 'invariants')
        for out in (path, self.write('other.yaml', 'version: 1\n')):
            status, _, err = builds.orrery(builds.reference(), 'shrink', path, '--out', out)
            self.assertEqual(status, builds.USAGE)
            self.assertIn('would be overwritten', err)
        for _ in range(2):  # but for what it wrote itself
            self.assertEqual(self.shrink(path, '--runs', '20')[0], builds.VIOLATED)

    def test_default_file(self):
        path = self.write('x.yaml', CRASHES % 'invariants')
        status, out, err = builds.orrery(builds.reference(), 'shrink', path, '--runs', '20', cwd=self.folder)
        self.assertEqual(status, builds.VIOLATED, err)
        self.assertIn('repeat  orrery run ./x.shrunk.yaml', out.replace('run x.', 'run ./x.'))
        self.assertTrue(os.path.exists(os.path.join(self.folder, 'x.shrunk.yaml')))

    def test_options(self):
        path = self.write('x.yaml', CRASHES % 'invariants')
        for arguments, said in [((path, '--runs', '0'), '--runs takes'), ((path, '--runs', 'x'), '--runs takes'),
                                ((path, '--time', '0s'), '--time takes'), ((path, '--jobs', '0'), '--jobs takes'),
                                ((path, '--json', '--out', '-'), 'standard output'), ((), 'needs a scenario')]:
            status, _, err = builds.orrery(builds.reference(), 'shrink', *arguments)
            self.assertEqual(status, builds.USAGE, arguments)
            self.assertIn(said, err)


if __name__ == '__main__':
    unittest.main()
