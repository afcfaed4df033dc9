#!/usr/bin/env python3
"""The JSON Schema and the loader agree: what one refuses for its shape, the other refuses too.

Both come from the same tables. They are held against each other on every scenario and on every file of tests/bad/, and
the schema that is committed for editors must be the one that `orrery schema` prints.
"""
import json
import os
import re
import subprocess
import sys
import unittest

import jsonschema
import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
import sources  # noqa: E402

COMMITTED = os.path.join(builds.ROOT, 'scenarios', 'orrery.schema.json')


class Core(yaml.SafeLoader):
    """YAML's core rules, as the loader reads: `no`, `on`, 010 and 12:30 stay text, and so do dates."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ('null', r'^(?:~|null|Null|NULL|)$', ['~', 'n', 'N', '']),
        ('bool', r'^(?:true|false)$', list('tf')),
        ('int', r'^-?(?:0|[1-9][0-9]*)$', list('-0123456789')),
        ('float', r'^-?(?:0|[1-9][0-9]*)\.[0-9]+$', list('-0123456789')),
        ('merge', r'^<<$', ['<'])):
    Core.add_implicit_resolver(f'tag:yaml.org,2002:{tag}', re.compile(pattern), first)


def load(path):
    with open(os.path.join(builds.ROOT, path), encoding='utf-8') as file:
        return yaml.load(file, Core)  # a SafeLoader


def kind(path, error):
    """What shows only under overrides, or stands in another file, no schema of this file can know."""
    overridden = 'variant' in error or 'fails_with' in error
    return 'elsewhere' if overridden or error.get('file', path) != path else error['kind']


def kinds(path):
    """The kinds of the errors that the loader finds in PATH."""
    done = subprocess.run([builds.reference(), 'check', '--error-format=json', path], cwd=builds.ROOT,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == builds.HOLDS:
        return set()
    if done.returncode != builds.USAGE:
        raise builds.Failed(f'{path}: status {done.returncode}\n{done.stderr}')
    decoder, text, found = json.JSONDecoder(), done.stderr.lstrip(), set()
    while text:
        report, end = decoder.raw_decode(text)
        found |= {kind(path, d) for d in report['diagnostics'] if d['severity'] == 'error'}
        text = text[end:].lstrip()
    return found


class Schema(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        status, cls.text, err = builds.orrery(builds.reference(), 'schema')
        if status != builds.HOLDS:
            raise builds.Failed(err)
        cls.schema = json.loads(cls.text)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_the_committed_one_is_current(self):
        if 'ORRERY_UPDATE_GOLDEN' in os.environ:
            with open(COMMITTED, 'w', encoding='utf-8') as file:
                file.write(self.text)
        with open(COMMITTED, encoding='utf-8') as file:
            self.assertEqual(file.read(), self.text, 'tools/test --update-golden schema writes it anew')

    def test_good_files_pass_both(self):
        for path in builds.scenarios():
            with self.subTest(path):
                self.assertEqual(kinds(path), set())
                self.assertEqual([e.message for e in self.validator.iter_errors(load(path))], [])

    def test_bad_files_are_refused_by_both_for_their_shape(self):
        bad = sources.files(builds.ROOT, '.yaml', under=('tests/bad/',))
        self.assertTrue(bad, 'tests/bad/ is empty')
        for path in bad:
            with self.subTest(path):
                found = kinds(path)
                self.assertTrue(found, 'the loader takes it')
                if 'syntax' in found:
                    continue  # not YAML, or over a limit of the reader: no tree for a schema to judge
                errors = [e.message for e in self.validator.iter_errors(load(path))]
                self.assertEqual(bool(errors), 'schema' in found, f'loader: {sorted(found)}; schema: {errors}')


if __name__ == '__main__':
    unittest.main()
