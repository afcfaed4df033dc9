#!/usr/bin/env python3
"""orrery check-history: verdicts and exit codes over several files, what it says, and what it refuses."""
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402

GOOD = '''\
; one writes, the other reads
{:process 0, :type :invoke, :f :write, :value 1, :time 1000}
{:process :nemesis, :type :info, :f :start}
{:process 1, :type :invoke, :f :read, :value nil, :time 2000}
{:process 0, :type :ok, :f :write, :value 1, :time 3000}
{:process 1, :type :ok, :f :read, :value 1, :time 4000}
'''
BAD = '''\
[{"process": "x", "type": "invoke", "f": "write", "value": ["k", "v"]},
 {"process": "x", "type": "ok", "f": "write", "value": ["k", "v"]},
 {"process": "y\\u001b[31m", "type": "invoke", "f": "read", "value": ["k", null]},
 {"process": "y\\u001b[31m", "type": "ok", "f": "read", "value": ["k", null]}]
'''
BROKEN = '{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ook}\n'
# writes of one value by many at once, and compare-and-sets in a ring: hard to decide in a few steps
HARD = ''.join('{:process %d :type :invoke :f :cas :value [%d %d]}\n' % (p, p % 3, (p + 1) % 3) for p in range(12)) \
    + '{:process 90 :type :invoke :f :write :value 0}{:process 90 :type :ok}\n' \
    + ''.join('{:process %d :type :ok}\n' % p for p in range(12))


class CheckHistory(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name, text in (('good.edn', GOOD), ('bad.json', BAD), ('broken.edn', BROKEN), ('hard.edn', HARD),
                           ('empty.edn', '')):
            with open(os.path.join(self.folder.name, name), 'w', encoding='utf-8') as file:
                file.write(text)

    def run_on(self, *arguments):
        return builds.orrery(builds.reference(), 'check-history', *arguments, cwd=self.folder.name)

    def test_a_good_history_holds_and_what_was_read_is_told(self):
        status, out, err = self.run_on('--model', 'register', 'good.edn')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        for words in ('good.edn\n  holds ', '2 operations of edn, 2 invocations: 2 ok, 0 failed, 0 unknown',
                      '1 event of the nemesis', 'initial nil (by the file)', 'nil reads value', 'failed cas drop'):
            self.assertIn(words, out)
        self.assertEqual(self.run_on('--model', 'cas-register', 'good.edn')[1], out)
        self.assertEqual(self.run_on('--model', 'register', 'good.edn', '--quiet')[:2], (builds.HOLDS, ''))

    def test_a_contradiction_is_told_by_the_names_of_the_file(self):
        status, out, err = self.run_on('--model', 'register', 'bad.json')
        self.assertEqual((status, err), (builds.VIOLATED, ''))
        told = ' '.join(out.split())
        for words in ('VIOLATED', 'key "k"', 'process x wrote "v"', 'process y', 'read nothing', 'in lines 1-2, 3-4'):
            self.assertIn(words, told)
        self.assertNotIn('\033', out)
        self.assertNotIn('-1000000000000000000', out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_options_change_the_reading(self):
        for arguments, status in ((('--nil-reads', 'unknown'), builds.HOLDS), (('--initial', '5'), builds.HOLDS),
                                  (('--initial', 'nil'), builds.VIOLATED), (('--format', 'json'), builds.VIOLATED),
                                  (('--initial', '5', '--nil-reads', 'value'), builds.VIOLATED),
                                  (('--format', 'edn'), builds.USAGE), (('--max-operations', '1'), builds.USAGE)):
            self.assertEqual(self.run_on('--model', 'register', 'bad.json', *arguments)[0], status, arguments)

    def test_a_broken_file_is_told_as_scenarios_are(self):
        status, out, err = self.run_on('--model', 'register', 'broken.edn')
        self.assertEqual((status, out), (builds.USAGE, ''))
        self.assertEqual(err, "broken.edn:2:20: error: no type of event: :ook\n"
                              "    2 | {:process 0, :type :ook}\n"
                              "      |                    ^~~~ expected invoke, ok, fail or info\n")
        status, out, err = self.run_on('--model', 'register', 'broken.edn', '--error-format', 'json')
        found = json.loads(err)['diagnostics'][0]
        self.assertEqual((found['file'], found['line'], found['column'], found['length']), ('broken.edn', 2, 20, 4))
        for name in ('empty.edn', 'missing.edn', '.'):
            status, out, err = self.run_on('--model', 'register', name)
            self.assertEqual((status, out), (builds.USAGE, ''))
            self.assertTrue(err.startswith(f'error: {name}: '), err)

    def test_the_worst_of_several_files_counts(self):
        few = ('--steps', '1', '--initial', '0')
        for names, status in ((['good.edn', 'bad.json'], builds.VIOLATED), (['bad.json', 'good.edn'], builds.VIOLATED),
                              (['bad.json', 'broken.edn', 'good.edn'], builds.USAGE),
                              (['good.edn', 'hard.edn'], builds.UNDECIDED)):
            more = few if 'hard.edn' in names else ()
            found, out, _ = self.run_on('--model', 'register', *names, *more)
            self.assertEqual(found, status, out)
            for name in names:
                self.assertEqual(name + '\n' in out, name != 'broken.edn')
        self.assertIn('--steps N', self.run_on('--model', 'register', 'hard.edn', *few)[1])

    def test_json_is_one_object(self):
        status, out, _ = self.run_on('--model', 'register', '--json', 'good.edn', 'bad.json', 'broken.edn')
        self.assertEqual(status, builds.USAGE)
        good, bad, broken = json.loads(out)['histories']
        self.assertEqual((good['file'], good['status'], good['operations'], good['invocations'], good['nemesis']),
                         ('good.edn', 'holds', 2, 2, 1))
        self.assertEqual((good['initial'], good['nil_reads'], good['failed_cas']), (None, 'value', 'drop'))
        self.assertEqual((bad['status'], bad['culprits']),
                         ('violated', [{'invoked': 1, 'returned': 2}, {'invoked': 3, 'returned': 4}]))
        self.assertIn('key "k"', bad['text'])
        self.assertEqual((broken['status'], broken['line'], broken['column']), ('unreadable', 2, 20))

    def test_what_a_run_writes_is_judged(self):
        path = os.path.join(self.folder.name, 'run.jsonl')
        scenario = os.path.join(builds.ROOT, 'scenarios', 'consensus', 'lossy-network.yaml')
        status = builds.orrery(builds.reference(), 'run', scenario, '--quiet', '--history', path)[0]
        self.assertEqual(status, builds.HOLDS)
        status, out, err = self.run_on('--model', 'kv', '--json', 'run.jsonl')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        found = json.loads(out)['histories'][0]
        self.assertEqual(found['format'], 'jsonl')
        self.assertGreater(found['judged'], 1000)

    def test_wrong_words_are_refused(self):
        for arguments, words in (
                (['good.edn'], 'needs --model'), (['--model', 'register'], 'needs a file'),
                (['--model', 'bank', 'good.edn'], "not 'bank'"), (['--modle', 'x'], "did you mean '--model'"),
                (['--model'], 'needs a value'),
                (['--model', 'set', '--initial', '1', 'good.edn'], 'begins with nothing'),
                (['--model', 'register', '--initial', '1x', 'good.edn'], 'nil or a whole number'),
                (['--model', 'register', '--initial', '-', 'good.edn'], 'nil or a whole number'),
                (['--model', 'register', '--steps', '0', 'good.edn'], 'from 1'),
                (['--model', 'register', '--steps', '1..2', 'good.edn'], 'from 1'),
                (['--model', 'register', '--max-operations', '4000000000', 'good.edn'], 'from 1 to'),
                (['--model', 'register', '--nil-reads', 'x', 'good.edn'], 'auto, value, unknown'),
                (['--model', 'register', '--failed-cas', 'x', 'good.edn'], 'drop, constraint'),
                (['--model', 'register', '--format', 'xml', 'good.edn'], 'auto, edn, json, jsonl, log')):
            status, out, err = self.run_on(*arguments)
            self.assertEqual((status, out), (builds.USAGE, ''), arguments)
            self.assertIn(words, err)
        status, out, err = self.run_on('--help')
        self.assertEqual((status, err), (builds.HOLDS, ''))
        self.assertIn('--failed-cas', out)


if __name__ == '__main__':
    unittest.main()
