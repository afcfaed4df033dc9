#!/usr/bin/env python3
"""Variants side by side: figures held against what the histories of single runs say, formats against their readers."""
import csv
import io
import json
import math
import os
import statistics
import sys
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
from command import Case  # noqa: E402

SCENARIO = """\
version: 1
name: two ways
about: What both have in common.
duration: 8s
warmup: 1s
network: {latency: 1ms..3ms}
nodes:
  store: {model: primary-replica, count: 3, zones: [east, west, west], failover: majority, patience: 300ms..500ms}
  app: {model: kv-client, count: 4, zones: [east, west], target: store, rate: 20/s, timeout: 200ms, keys: {count: 5}}
faults:
  - {at: 3s, partition: [[{zone: east}], [{zone: west}]], for: 2s, label: cut}
variants:
  async: {}
  majority:
    about: A majority has it, or nobody is told so.
    nodes.store: {replication: majority, isolated: stops}
  single:
    nodes.store: {model: single, count: 1, zones: [east]}
"""
SEEDS = range(1, 9)
SECOND = 1000000000
ROOT = builds.ROOT
STUDENT = 2.364624252  # of 7 degrees of freedom


class Compare(Case):
    def setUp(self):
        super().setUp()
        self.write('ways.yaml', SCENARIO)

    def compare(self, *arguments, status=builds.HOLDS):
        code, out, err = self.orrery('compare', 'ways.yaml', '--seeds', f'{SEEDS[0]}..{SEEDS[-1]}', *arguments)
        self.assertEqual((code, err), (status, ''))
        return out

    def history(self, variant, seed):
        """(operation, time of the invocation, what it completed as, latency, client) of each operation."""
        file = os.path.join(self.folder, 'history.jsonl')
        self.orrery('run', 'ways.yaml', '--variant', variant, '--seed', str(seed), '--history', file, '--quiet')
        operations, opened = [], {}
        with open(file, encoding='utf-8') as lines:
            for line in map(json.loads, lines):
                if line['type'] == 'invoke':
                    opened[line['process']] = len(operations)
                    operations.append([line['op'], line['t'], 'unknown', None, line['node']])
                else:
                    one = operations[opened.pop(line['process'])]
                    one[2:4] = line['type'], line['t'] - one[1]
        longest = max(one[3] for one in operations if one[3] is not None)
        # what was asked too shortly before the end to have an answer does not count
        return [one for one in operations if one[3] is not None or 8 * SECOND - one[1] >= longest]

    def test_figures_are_those_of_the_histories(self):
        found = {one['name']: one['figures'] for one in json.loads(self.compare('--json'))['variants']}
        samples = {name: [] for name in found}
        for name, sample in samples.items():
            for seed in SEEDS:
                counted = [one for one in self.history(name, seed) if one[1] >= SECOND]
                calm = [one for one in counted if one[1] < 3 * SECOND]
                cut = [one for one in counted if 3 * SECOND <= one[1] < 5 * SECOND]
                # with one node, the majority is where it is: in the east, as are clients 0 and 2
                east = [one for one in cut if int(one[4].split('-')[1]) % 2 == 0]
                west = [one for one in cut if one not in east]
                reads = sorted(one[3] for one in calm if one[0] == 'read' and one[2] == 'ok')
                sample.append({
                    'ok': self.share(counted), 'ok.calm': self.share(calm), 'ok.fault': self.share(cut),
                    'ok.during.cut': self.share(cut),
                    'ok.cut.majority': self.share(east if name == 'single' else west),
                    'ok.cut.minority': self.share(west if name == 'single' else east),
                    'read.calm.p50': reads[math.ceil(len(reads) / 2) - 1],
                })
        self.assertEqual(set(samples), {'async', 'majority', 'single'})
        for name, sample in samples.items():
            for figure in sample[0]:
                with self.subTest(name, figure=figure):
                    values = [one[figure] for one in sample]
                    base = [one[figure] for one in samples['async']]
                    self.check_figure(found[name][figure], values, base)

    @staticmethod
    def share(operations):
        return sum(one[2] == 'ok' for one in operations) / len(operations)

    def check_figure(self, found, values, base):
        def near(here, there):
            self.assertTrue(math.isclose(here, there, rel_tol=1e-9, abs_tol=1e-9), (here, there))
        differences = [a - b for a, b in zip(values, base)]
        self.assertEqual(found['seeds'], len(SEEDS))
        near(found['mean'], statistics.fmean(values))
        near(found['half_interval'], STUDENT * statistics.stdev(values) / math.sqrt(len(values)))
        near(found['difference']['mean'], statistics.fmean(differences))
        half = STUDENT * statistics.stdev(differences) / math.sqrt(len(values))
        near(found['difference']['half_interval'], half)
        self.assertEqual(found['difference']['noise'], abs(statistics.fmean(differences)) <= half)

    def test_what_each_design_is_known_for(self):
        found = {one['name']: one for one in json.loads(self.compare('--json'))['variants']}
        self.assertEqual({name: one['label'] for name, one in found.items()},
                         {'async': 'neither (CA calm)', 'majority': 'CP', 'single': 'CP'})
        for name in ('majority', 'single'):
            self.assertEqual(found[name]['strongest'], 'linearizable')
            self.assertEqual(found[name]['figures']['lost']['most'], 0)
            self.assertEqual(found[name]['figures']['stale']['most'], 0)
        lost = found['async']['figures']['lost']
        self.assertGreater(lost['least'], 0)
        self.assertEqual(found['async']['verdicts']['linearizable']['violated'], len(SEEDS))
        self.assertEqual(found['async']['verdicts']['linearizable.calm']['holds'], len(SEEDS))
        self.assertEqual(found['majority']['about'], 'A majority has it, or nobody is told so.')
        self.assertIn('model: single', found['single']['about'])

    def test_lost_writes_are_those_that_the_checker_counts(self):
        self.write('ways.yaml', SCENARIO + 'expect: [durable: {clients: app}]\n')
        found = json.loads(self.compare('--json', '--variants', 'async,majority'))['variants'][0]['figures']['lost']
        counts = []
        for seed in SEEDS:
            out = json.loads(self.orrery('run', 'ways.yaml', '--seed', str(seed), '--json')[1])
            counts.append(int(out['verdicts'][0]['text'].split(' ')[0]))
        self.assertEqual((found['least'], found['most']), (min(counts), max(counts)))
        self.assertAlmostEqual(found['mean'], statistics.fmean(counts))

    def test_lost_is_what_the_promoted_log_lacked(self):
        """By the ledger of the store itself: what the old primary dropped, behind the end of the new one's log."""
        found = json.loads(self.compare('--json', '--variants', 'async,majority'))['variants'][0]['figures']['lost']
        counts = []
        for seed in SEEDS:
            trace, history = (os.path.join(self.folder, name) for name in ('trace.jsonl', 'history.jsonl'))
            self.orrery('run', 'ways.yaml', '--seed', str(seed), '--trace', trace, '--history', history, '--quiet')
            with open(trace, encoding='utf-8') as lines:
                notes = [one for one in map(json.loads, lines) if one['kind'] == 'note']
            with open(history, encoding='utf-8') as lines:
                acknowledged = {one['value'] for one in map(json.loads, lines)
                                if one['type'] == 'ok' and one['op'] == 'write'}
            promoted = [one['body']['last'] for one in notes if one['what'] == 'promoted'][1]
            lost = [one['body'] for one in notes if one['what'] == 'lost']
            self.assertGreater(min(one['index'] for one in lost), promoted)
            counts.append(sum(one['value'] in acknowledged for one in lost))
        self.assertEqual((found['least'], found['most']), (min(counts), max(counts)))
        self.assertAlmostEqual(found['mean'], statistics.fmean(counts))

    def moments(self, healed, ended):
        """When the copies are asked, in hundredths of a second: all 10 ms, or a twentieth of the time since."""
        at, following = healed, healed
        while at < ended:
            if at * 10**7 >= following:
                yield at
                following = at * 10**7 + max(10**7, (at - healed) * 10**7 // 20)
            at += 1
        yield ended

    def test_copies_converge_when_the_checker_finds_them_alike(self):
        """Run by run up to each moment, by the checker `converged`: from when on are they alike?"""
        text = (SCENARIO.replace('duration: 8s', 'duration: 3500ms').replace('warmup: 1s', 'warmup: 100ms')
                .replace('at: 3s', 'at: 1s').replace('for: 2s', 'for: 1s').split('variants:')[0]
                .replace('primary-replica', 'quorum')
                .replace(', failover: majority, patience: 300ms..500ms', ', r: 1, w: 1')
                .replace('keys: {count: 5}', 'keys: {count: 40}')
                + 'variants:\n  mends: {about: Hints.}\n'
                '  never: {nodes.store: {hints: none, read_repair: none}}\n'
                'expect: [converged: {of: store, within: 500ms}]\n')
        self.write('ways.yaml', text)
        data = json.loads(self.orrery('compare', 'ways.yaml', '--seeds', '1..1', '--json')[1])
        for one in data['variants']:
            alike = None
            for moment in self.moments(200, 350):
                out = json.loads(self.orrery('run', 'ways.yaml', '--variant', one['name'], '--seed', '1', '--json',
                                             '--until', f'{moment * 10}ms')[1])
                verdict = out['verdicts'][0]
                if verdict['status'] == 'violated':
                    alike = None
                elif alike is None and 'hold the same' in verdict['text']:
                    alike = moment
            with self.subTest(one['name']):
                self.assertEqual(one['figures']['converged_after']['mean'],
                                 None if alike is None else (alike - 200) * 10**7)
                self.assertEqual(one['verdicts']['converges']['violated'], int(alike is None))
        self.assertGreater(data['variants'][0]['figures']['converged_after']['mean'], 10**7)
        self.assertEqual(data['variants'][1]['verdicts']['converges']['violated'], 1)

    def test_looking_on_the_way_changes_nothing(self):
        """The runs that are compared are those that `run` makes, where nobody asks on the way."""
        for one in json.loads(self.compare('--json'))['variants']:
            self.assertEqual(len(one['digests']), len(SEEDS))
            for seed, digest in list(zip(SEEDS, one['digests']))[:3]:
                out = self.orrery('run', 'ways.yaml', '--variant', one['name'], '--seed', str(seed), '--json')[1]
                self.assertEqual(digest, json.loads(out)['digest'])

    def test_who_stands_on_no_side_is_on_none(self):
        """Behind the last node that is on a side there are others, which are cut off from nobody."""
        sides = '[[{of: store, member: 0}], [{of: store, member: 1}, {of: store, member: 2}]]'
        self.write('ways.yaml', SCENARIO.replace('[[{zone: east}], [{zone: west}]]', sides).split('  single:')[0])
        for one in json.loads(self.compare('--json'))['variants']:
            for side in ('majority', 'minority'):
                self.assertEqual(one['figures'][f'ok.cut.{side}']['seeds'], 0)
            self.assertEqual(one['figures']['ok.fault']['seeds'], len(SEEDS))

    def test_the_number_of_workers_does_not_show(self):
        for form in ('table', 'csv', 'json', 'markdown'):
            self.assertEqual(self.compare('--format', form, '-j1'), self.compare('--format', form, '-j2'))

    def test_formats_can_be_read(self):
        table = list(csv.DictReader(io.StringIO(self.compare('--format', 'csv'), newline='')))
        data = json.loads(self.compare('--format', 'json'))
        self.assertEqual(self.compare('--json'), self.compare('--format', 'json'))
        rows = {(row['variant'], row['figure']): row for row in table}
        self.assertEqual(len(rows), len(table))
        for one in data['variants']:
            for name, figure in one['figures'].items():
                row = rows[one['name'], name]
                self.assertEqual(row['unit'], figure['unit'])
                if figure['mean'] is None:
                    self.assertEqual(row['mean'], '')
                else:
                    self.assertEqual(float(row['mean']), figure['mean'])
                if figure['difference'] is None:
                    self.assertEqual(row['noise'], '')
                else:
                    self.assertEqual(row['noise'], 'yes' if figure['difference']['noise'] else 'no')
                    self.assertEqual(float(row['difference']), figure['difference']['mean'])
            for name, counts in one['verdicts'].items():
                self.assertEqual(int(rows[one['name'], name + '.violated']['mean']), counts['violated'])
        text = self.compare('--format', 'markdown')
        for block in text.split('\n\n'):
            lines = block.split('\n')
            if not lines[0].startswith('|'):
                continue
            self.assertRegex(lines[1], r'^\|---(\|---:)+\|$')
            self.assertEqual({line.replace('\\|', '').count('|') for line in lines if line},
                             {lines[1].count('|')})
        for name in ('async', 'majority', 'single'):
            self.assertIn(f'| {name}', text)

    def test_the_table_fits_120_columns_and_says_what_it_means(self):
        text = self.compare()
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        for words in ('had both as long as nothing failed', 'what is called CA: no choice', '8s a run',
                      'for: 2s, label: cut', 'loses nothing', 'Loses writes that it had acknowledged', 'async (',
                      'Serves old data:',
                      'Stays up on both sides', 'Linearizable under every seed', 'On the Pareto front'):
            self.assertIn(words, ' '.join(text.split()))

    def test_variants_can_be_chosen(self):
        def names(*arguments):
            return [one['name'] for one in json.loads(self.compare('--json', *arguments))['variants']]
        self.assertEqual(names(), ['async', 'majority', 'single'])
        self.assertEqual(names('--variants', 'single,async'), ['single', 'async'])
        self.assertEqual(names('--variants', 'base,single'), ['base', 'single'])
        self.assertEqual(names('--matrix', 'network.loss=0,1%'), ['network.loss=0', 'network.loss=1%'])
        self.assertEqual(names('--variants', 'async,single', '--matrix', 'network.loss=0,1%'),
                         ['async, network.loss=0', 'async, network.loss=1%', 'single, network.loss=0',
                          'single, network.loss=1%'])
        data = json.loads(self.compare('--json', '--baseline', 'single'))
        self.assertEqual(data['baseline'], 'single')
        self.assertEqual(data['variants'][2]['figures']['ok']['difference']['mean'], 0)
        self.write('ways.yaml', SCENARIO.replace('async: {}', 'async: {nodes.store.durable: false}'))
        self.assertEqual(names(), ['base', 'async', 'majority', 'single'])

    def test_bad_input(self):
        self.write('plain.yaml', SCENARIO.split('variants:')[0])
        for arguments, words in (
                ((), 'needs a scenario file'),
                (('-',), 'not from standard input'),
                (('plain.yaml',), 'no variants to compare'),
                (('ways.yaml', '--variants', 'asinc,single'), "did you mean 'async'?"),
                (('ways.yaml', '--variants', 'async,async'), 'stands there twice'),
                (('ways.yaml', '--variants', 'async,,single'), 'takes names'),
                (('ways.yaml', '--variants', 'async'), 'nothing to be compared with'),
                (('ways.yaml', '--baseline', 'singel'), "did you mean 'single'?"),
                (('ways.yaml', '--clients', 'store'), "no group 'store'"),
                (('ways.yaml', '--format', 'marcdown'), "did you mean 'markdown'?"),
                (('ways.yaml', '--format', 'csv', '--json'), 'not both'),
                (('ways.yaml', '--seeds', '5..1'), '--seeds takes a range'),
                (('ways.yaml', '--matrix', 'nonsense'), '--matrix takes'),
                (('ways.yaml', '--set', 'nodes.store.cuont=3'), 'cuont'),
                (('ways.yaml', '--until-failure'), "no option '--until-failure'")):
            with self.subTest(arguments):
                status, out, err = self.orrery('compare', *arguments)
                self.assertEqual((status, out), (builds.USAGE, ''), err)
                self.assertIn(words, err)


SERVICES = """\
version: 1
name: policies
duration: 20s
warmup: 1s
network: {latency: 1ms}
nodes:
  clients: {model: service-client, target: shop, rate: 50/s}
  shop: {model: service, calls: [{to: database, name: query}]}
  database: {model: service, processor: {workers: 1, queue: 50, cost: {exponential: 10ms}}}
calls:
  shop: {query: [timeout: 100ms]}
faults:
  - {at: 5s, pause: database, for: 4s, label: outage}
expect:
  - goodput_recovers: {clients: clients, after: outage, at_least: 80%, within: 2s}
  - amplification: {clients: clients, of: database, at_most: 1.2}
variants:
  once: {}
  retry: {calls.shop: {query: [retry: {attempts: 4, backoff: immediate}, timeout: 100ms]}}
  breaker: {calls.shop: {query: [fallback: {with: default}, breaker: {failures: 3, open: 1s}, timeout: 100ms]}}
"""


class Policies(Case):
    """Of services: by the histories, the calls and the verdicts that single runs tell."""

    def setUp(self):
        super().setUp()
        self.write('calls.yaml', SERVICES)

    def test_figures_are_those_of_single_runs(self):
        code, out, err = self.orrery('compare', 'calls.yaml', '--seeds', '1..3', '--json')
        self.assertEqual((code, err), (builds.HOLDS, ''))
        for one in json.loads(out)['variants']:
            sample, broken = [], {}
            for seed in (1, 2, 3):
                sample.append(self.figures(one['name'], seed, broken))
            for name in sample[0]:
                with self.subTest(one['name'], figure=name):
                    values = [found[name] for found in sample if found[name] is not None]
                    if values:
                        self.assertTrue(math.isclose(one['figures'][name]['mean'], statistics.fmean(values),
                                                     rel_tol=1e-9, abs_tol=1e-9))
                    self.assertEqual(one['figures'][name]['seeds'], len(values))
            self.assertEqual({found['expectation']: found['violated'] for found in one['expectations']}, broken)

    def figures(self, variant, seed, broken):
        file = os.path.join(self.folder, 'history.jsonl')
        out = json.loads(self.orrery('run', 'calls.yaml', '--variant', variant, '--seed', str(seed), '--json',
                                     '--history', file)[1])
        with open(file, encoding='utf-8') as lines:
            answers = [one['t'] for one in map(json.loads, lines) if one['type'] == 'ok']
        rate = [sum(a * SECOND <= t < b * SECOND for t in answers) / (b - a) for a, b in ((1, 5), (5, 9), (9, 20))]
        poor = [i + 1 for i in range(11)
                if sum((9 + i) * SECOND <= t < (10 + i) * SECOND for t in answers) < 0.8 * rate[0]]
        back = max(poor, default=0)
        calls = {one['group']: one for one in out['metrics']['calls']}
        for verdict in out['verdicts']:
            broken[verdict['expectation']] = broken.get(verdict['expectation'], 0) + (verdict['status'] == 'violated')
        total = sum(one['calls'] for one in calls.values())
        return {
            'goodput.calm': rate[0], 'goodput.fault': rate[1], 'goodput.after': rate[2],
            'goodput.back_after': None if back == 11 else back * SECOND,
            'sent': sum(one['attempts'] for one in calls.values()) / calls['clients']['calls'],
            'attempts.shop.query': calls['shop']['attempts'] / calls['shop']['calls'],
            'calls.degraded': sum(one['degraded'] for one in calls.values()) / total,
            'calls.unsent': sum(one['unsent'] for one in calls.values()) / total,
        }

    def test_the_scenario_shows_what_it_says(self):
        path = os.path.join(ROOT, 'scenarios', 'calls', 'policies.yaml')
        out = self.orrery('compare', path, '--seeds', '1..5', '--json')[1]
        found = {one['name']: one for one in json.loads(out)['variants']}
        self.assertEqual({name: one['verdicts']['goodput_back']['violated'] for name, one in found.items()},
                         {'once': 0, 'immediate': 5, 'backoff': 5, 'budget': 0, 'breaker': 0, 'hedge': 0})
        after = {name: one['figures']['goodput.back_after']['mean'] for name, one in found.items()}
        self.assertLess(after['breaker'], min(after[name] for name in ('once', 'budget', 'hedge')))
        self.assertAlmostEqual(after['once'] / SECOND, 6, delta=2)
        self.assertAlmostEqual(after['budget'] / SECOND, 7, delta=2)

    def test_what_makes_no_sense_is_not_shown(self):
        text = self.orrery('compare', 'calls.yaml', '--seeds', '1..5')[1]
        words = ' '.join(text.split())
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        for here in ('1. Goodput', 'Comes back when it is over', 'Answers with something else', 'amplification 5',
                     'Compared with once, seed by seed', 'corr.', 'On the Pareto front (goodput'):
            self.assertIn(here, words)
        for absent in ('Consistent?', 'linearizable', 'stale', 'Loses', 'lost', 'copies'):
            self.assertNotIn(absent, words)
        marked = self.orrery('compare', 'calls.yaml', '--seeds', '1..3', '--format', 'markdown')[1]
        self.assertIn('| once', marked)

    def test_anomalies_are_counted_as_single_runs_count_them(self):
        path = os.path.join(ROOT, 'scenarios', 'calls', 'semantic-lock.yaml')
        out = self.orrery('compare', path, '--seeds', '3..3', '--json')[1]
        found = {one['name']: one for one in json.loads(out)['variants']}
        for name, one in found.items():
            run = json.loads(self.orrery('run', path, '--seed', '3', '--json',
                                         *([] if name == 'base' else ['--variant', name]))[1])
            counted = {row['metric']: row['value'] for row in run['metrics']['models']
                       if row['group'] == 'reader' and 'value' in row}
            for metric in ('half', 'dirty'):
                self.assertEqual(one['figures'][f'anomalies.reader.{metric}']['mean'], counted[metric])
                self.assertEqual(counted[metric] > 0, name == 'no-locks')
        text = self.orrery('compare', path, '--seeds', '3..3')[1]
        self.assertIn('Anomalies: how often a run', text)
        self.assertNotIn('Anomalies', self.orrery('compare', 'calls.yaml', '--seeds', '1..1')[1])


class Scenarios(Case):
    def test_every_variant_holds_what_it_expects(self):
        folder = os.path.join(ROOT, 'scenarios', 'cap')
        for file in sorted(os.listdir(folder)):
            path = os.path.join(folder, file)
            with open(path, encoding='utf-8') as text:
                variants = yaml.safe_load(text).get('variants', {})
            self.assertGreater(len(variants), 1)
            for variant in variants:
                with self.subTest(file, variant=variant):
                    status, out, err = self.orrery('run', path, '--variant', variant)
                    self.assertEqual((status, err), (builds.HOLDS, ''), out)


if __name__ == '__main__':
    unittest.main()
