#!/usr/bin/env python3
"""A run written down with its faults as they struck (`run --write-faults`) is the same run: same digest, same figures,
whatever drew its faults or set them off; and what was written says no more when or whom, but at what instant and which.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

SEEDS = (1, 2, 3)
MANY = 20  # of a scenario whose faults are all drawn
TOP = 'version: 1\nseed: 5\nduration: 4s\n'
NODES = '''
nodes:
  store: {model: raft, count: 3, election_timeout: 150ms..300ms, heartbeat: 50ms, disk: {sync: 0}}
  app: {model: kv-client, count: 2, target: store, rate: 50/s, mix: {read: 50%, write: 50%}, timeout: 200ms}
'''
# Much at one instant: nothing takes time, so what sets a fault off, the fault, what it sets off and what it hits all
# happen at the same time, and only their order tells the runs apart.
AT_ONCE = TOP + 'network: {latency: 0}\n' + NODES + '''
faults:
  - {when: {of: store, becomes: {role: leader}, times: 4}, crash: {trigger: node}, for: 300ms, label: first}
  - {when: {fault: first, times: 9}, clock_jump: {of: store, pick: 1}, by: 1ms..90ms, label: jump}
  - {when: {message: append-entries, from: store, nth: 40, times: 3}, partition: [{trigger: from}, rest], for: 60ms,
     label: cut,
     then: [{after: 60ms, pause: {trigger: hit}, for: 20ms}, {after: 0s, slow: {of: store, where: {role: leader}},
             for: 0s}]}
  - {when: {fault: cut, edge: ends, times: 5}, clock_drift: {of: store, pick: 2}, ppm: -500ppm..500ppm, for: 100ms}
  - {when: {fault: order, times: 5}, pause: {of: store, pick: 1}, for: 5ms, label: after-order}
  - {when: {sync: any, of: store, every_nth: 25, times: 8}, drop_messages: {from: {trigger: node}}, probability: 50%,
     for: 30ms}
  - {every: 500ms, crash: {of: store, where: {role: candidate}}, for: 10ms, label: perhaps}
  - {at: 2s, partition: [{of: store, where: {role: candidate}}, rest], for: 100ms}
  - {at: 2s, link_loss: {between: [store-0, store-1]}, probability: 20%, for: 200ms}
  - {when: {fault: perhaps, nth: 1000000}, kill: store-0, label: never}
actions:
  - {when: {of: store, becomes: {role: leader}, times: 6}, command: {of: store, pick: 1}, run: campaign, label: order}
  - {at: 2s, stop: store-1, then: [{after: 300ms, start: store}]}
settle: 500ms
expect:
  - recovers: {clients: app, after: 'cut[2]', within: 3s}
  - latency: {clients: app, during: never, p99: 1s}
'''


def has_faults(path):
    with open(os.path.join(builds.ROOT, path), encoding='utf-8') as file:
        text = file.read()
    return 'faults:' in text or 'actions:' in text


def run(path, *arguments):
    """(status, what --json prints)"""
    status, out, err = builds.orrery(builds.reference(), 'run', path, '--json', *arguments)
    if not out:
        raise AssertionError(f'orrery run {path} {" ".join(arguments)}: status {status}\n{err[-3000:]}')
    return status, json.loads(out)


def keys_of(node):
    if isinstance(node, dict):
        yield from node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from keys_of(item)


class WriteFaults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, path, seed, *arguments):
        """Where the run of PATH is written down, its status and what it printed."""
        out = os.path.join(self.folder, f'{os.path.basename(path)}-{seed}{len(arguments)}.yaml')
        return out, *run(path, '--seed', str(seed), '--write-faults', out, *arguments)

    def check(self, path, seed, *arguments):
        out, status, first = self.write(path, seed, *arguments)
        again, second = run(out)
        what = f'{path} --seed {seed} {" ".join(arguments)}'

        self.assertEqual(first['digest'], second['digest'], what)
        self.assertEqual(status, again, what)
        self.assertEqual(first['metrics'], second['metrics'], what)
        self.assertEqual([v['status'] for v in first['verdicts']], [v['status'] for v in second['verdicts']], what)
        with open(out, encoding='utf-8') as file:
            written = yaml.safe_load(file)
        entries = written.get('faults', []) + written.get('actions', [])
        self.assertEqual(len(entries), len([f for f in first['faults'] if f['label'] != 'settle']), what)
        for entry in entries:
            self.assertIn('at', entry)
            found = {'random', 'every', 'between', 'when', 'then', 'where', 'pick', 'trigger', 'not'} & \
                (set(entry) | set(keys_of([v for k, v in entry.items() if k not in ('link_loss', 'link_delay')])))
            self.assertFalse(found - {'between'}, f'{what}: {entry}')
        return out, written

    def test_every_scenario_with_faults(self):
        cases = [(path, seed) for path in builds.scenarios() if has_faults(path) for seed in SEEDS]
        cases += [('scenarios/consensus/swarm.yaml', seed) for seed in range(SEEDS[-1] + 1, MANY + 1)]
        self.assertGreater(len(cases), 100)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in [pool.submit(self.check, *case) for case in cases]:
                done.result()

    def scenario(self, text, name='scenario.yaml'):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def test_much_at_one_instant(self):
        path = self.scenario(AT_ONCE)
        kinds, turns = set(), 0
        for seed in range(1, 21):
            _, written = self.check(path, seed)
            entries = written['faults'] + written['actions']
            kinds |= {key for entry in entries for key in entry}
            turns += sum('turn' in entry for entry in entries)
            self.assertIn('never', written['labels'])
        self.assertLessEqual({'crash', 'clock_jump', 'partition', 'pause', 'slow', 'clock_drift', 'drop_messages',
                              'link_loss', 'command', 'stop', 'start'}, kinds)
        self.assertGreater(turns, 100)

    def test_what_hit_nobody_is_written(self):
        path = self.scenario(AT_ONCE)
        with open(self.check(path, 1)[0], encoding='utf-8') as file:
            text = file.read()
        self.assertIn('crash: nobody', text)
        self.assertIn('partition: [nobody, ', text)

    def test_written_again_it_is_the_same_file(self):
        path = self.scenario(AT_ONCE)
        first = self.check(path, 3)[1]
        second = self.check(self.write(path, 3)[0], 3)[1]
        self.assertEqual(first['faults'], second['faults'])
        self.assertEqual(first['actions'], second['actions'])

    def test_it_strikes_in_another_run_as_well(self):
        """Turns that never come are no reason to leave a fault out, or to die."""
        out, written = self.check(self.scenario(AT_ONCE), 2)
        for change in ('network.latency=1ms', 'nodes.store.election_timeout=3s..3500ms',
                       'nodes.app.rate=1/s'):
            with self.subTest(change):
                _, done = run(out, '--set', change)
                struck = [f for f in done['faults'] if f['label'] != 'settle']
                self.assertEqual(len(struck), len(written['faults']) + len(written['actions']))

    def test_files(self):
        path = self.scenario(AT_ONCE)
        other = self.scenario(AT_ONCE, 'other.yaml')

        def status(*arguments):
            return subprocess.run([builds.reference(), 'run', path, *arguments], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, check=False).returncode

        out = os.path.join(self.folder, 'out.yaml')
        self.assertNotEqual(status('--write-faults', out), builds.USAGE)
        self.assertNotEqual(status('--write-faults', out), builds.USAGE)  # once more
        for wrong in (path, other, os.path.join(self.folder, 'no', 'folder.yaml')):
            self.assertEqual(status('--write-faults', wrong), builds.USAGE, wrong)
        self.assertEqual(status('--write-faults', out, '--until', '1s'), builds.USAGE)
        self.assertEqual(status('--write-faults', out, '--trace', out), builds.USAGE)
        with open(other, encoding='utf-8') as file:
            self.assertEqual(file.read(), AT_ONCE)

    def test_wrong_entries(self):
        for entry, said in (('{every: 1s, crash: store-0, turn: 4}', "'turn' goes with 'at', not with 'every'"),
                            ('{every: 1s, crash: store-0, luck: 4}', "'luck' goes with 'at', not with 'every'"),
                            ('{at: 1s, crash: store-0, turn: 4.25}', 'between two places'),
                            ('{at: 1s, crash: store-0, turn: 0}', 'turn'),
                            ('{at: 1s, crash: store-0, luck: 0}', "'luck' is 0"),
                            ('{at: 1s, crash: store-0, luck: x}', 'luck'),
                            ('{at: 1s, crash: [nobody, store-0]}', "'nobody' stands alone"),
                            ('{when: {message: vote, from: nobody}, crash: store-0}', "'nobody' stands alone")):
            with self.subTest(entry):
                path = self.scenario(TOP + NODES + f'faults:\n  - {entry}\n')
                status, _, err = builds.orrery(builds.reference(), 'check', path)
                self.assertEqual(status, builds.USAGE)
                self.assertIn(said, err)
        for labels, said in (('[cut, cut]', "'labels' names 'cut' twice"), ('[Cut]', 'cannot be a label'),
                             ('cut', 'a list of labels'), ('[settle]', 'the end of all faults')):
            with self.subTest(labels):
                path = self.scenario(TOP + NODES + f'labels: {labels}\n')
                status, _, err = builds.orrery(builds.reference(), 'check', path)
                self.assertEqual(status, builds.USAGE)
                self.assertIn(said, err)


if __name__ == '__main__':
    unittest.main()
