#!/usr/bin/env python3
"""What the documents show is true: their commands print what stands there, their scenarios load, their models compile.

- ```console: each `$ command` is run in the root of the repository, and what it prints (stdout and stderr) compared.
  A line `...` stands for any number of lines, `...` within a line for any text. What tests everything is not run.
- ```yaml with a `version:` is a whole scenario and must pass `orrery check -`; any other must be YAML.
- ```c that includes the model header is a whole file and must compile without a warning.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))
import builds  # noqa: E402
import sources  # noqa: E402

BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.M | re.S)
NOT_RUN = ('git clone', 'cd ', 'tools/test', '.ci/run', 'tools/fresh-debian', 'tools/matrix', 'tools/bench/')


def documents():
    return [path for path in sources.files(builds.ROOT, '.md')
            if path.startswith('docs/') or '/' not in path]


def blocks(text, language):
    """(line, content) of each fenced block in LANGUAGE."""
    for found in BLOCK.finditer(text):
        if found.group(1) == language:
            yield text.count('\n', 0, found.start()) + 1, found.group(2)


def examples(block):
    """(command, lines of its output) of a console block."""
    command, output = None, []
    for line in block.splitlines():
        if line.startswith('$ '):
            if command:
                yield command, output
            command, output = line[2:], []
        elif command and command.endswith('\\'):
            command = command[:-1] + line.lstrip('> ')
        else:
            output.append(line)
    if command:
        yield command, output


def matches(wanted, lines):
    """Whether LINES are as WANTED, with its wildcards."""
    pattern = ''
    for line in wanted:
        if line.strip() == '...':
            pattern += r'(?:[^\n]*\n)*?'
        else:
            pattern += r'[^\n]*'.join(re.escape(part) for part in line.rstrip().split('...')) + r' *\n'
    return re.fullmatch(pattern, ''.join(line + '\n' for line in lines)) is not None


def renewed(text):
    """TEXT with what its commands print today, where that is not what it shows."""
    for _, block in list(blocks(text, 'console')):
        for command, wanted in examples(block):
            if is_run(command):
                printed = run(command)
                if not matches(wanted, printed):
                    old, new = ('\n'.join([f'$ {command}', *lines]) + '\n' for lines in (wanted, printed))
                    text = text.replace(old, new)
    return text


def is_run(command):
    return not command.startswith(NOT_RUN)


def run(command):
    path = os.path.dirname(builds.reference()) + os.pathsep + os.environ['PATH']
    done = subprocess.run(command, shell=True, cwd=builds.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, 'PATH': path})
    return done.stdout.splitlines()


def walked_through(text, block):
    """Whether BLOCK speaks of a model that TEXT tells how to write."""
    written = re.findall(r'^const struct sim_model (\w+)_model', text, re.M)
    return any(f'model: {name.replace("_", "-")}' in block for name in written)


def compiles(text):
    """What the compiler says to a whole file."""
    flags = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Wvla', '-Wstrict-prototypes',
             '-Werror', '-fsyntax-only', '-I', builds.ROOT, '-x', 'c', '-']
    done = subprocess.run([os.environ.get('CC', 'cc'), *flags], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return '' if done.returncode == 0 else done.stdout


class Documents(unittest.TestCase):
    maxDiff = None

    def each(self, language):
        """(where, text of the document, block) of each fenced block in LANGUAGE."""
        for path in documents():
            text = sources.read(builds.ROOT, path)
            for line, block in blocks(text, language):
                yield f'{path}:{line}', text, block

    def test_every_command_prints_what_is_shown(self):
        for path in documents() if 'ORRERY_UPDATE_GOLDEN' in os.environ else ():
            text = renewed(sources.read(builds.ROOT, path))
            with open(os.path.join(builds.ROOT, path), 'w', encoding='utf-8') as file:
                file.write(text)
        for where, _, block in self.each('console'):
            for command, wanted in examples(block):
                if is_run(command):
                    with self.subTest(where, command=command):
                        printed = run(command)
                        self.assertTrue(matches(wanted, printed), '\n' + '\n'.join(printed))

    def test_every_scenario_loads(self):
        for where, text, block in self.each('yaml'):
            with self.subTest(where):
                if re.search(r'^version:', block, re.M) and not walked_through(text, block):
                    done = subprocess.run([builds.reference(), 'check', '-'], input=block, text=True, check=False,
                                          cwd=builds.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    self.assertEqual(done.returncode, builds.HOLDS, done.stdout)
                else:
                    yaml.safe_load(block)

    def test_every_model_compiles(self):
        for where, _, block in self.each('c'):
            if '#include "sim/world/model.h"' in block:
                with self.subTest(where):
                    self.assertEqual(compiles(block), '')

    def test_the_walk_through_leads_to_a_model_that_runs(self):
        """What CONTRIBUTING.md says to save is saved in a copy of the tree, built, and run both ways."""
        text = sources.read(builds.ROOT, 'CONTRIBUTING.md')
        model, scenario = re.findall(r'`((?:models|scenarios)/[a-z/-]+\.(?:c|yaml))`', text)[:2]
        with tempfile.TemporaryDirectory() as folder:
            for name in ('meson.build', 'meson_options.txt', 'sim', 'models', 'tools', 'tests/meson.build'):
                place = os.path.join(folder, name)
                os.makedirs(os.path.dirname(place), exist_ok=True)
                copy = shutil.copytree if os.path.isdir(os.path.join(builds.ROOT, name)) else shutil.copy
                copy(os.path.join(builds.ROOT, name), place)
            for path, language in ((model, 'c'), (scenario, 'yaml')):
                os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                with open(os.path.join(folder, path), 'x', encoding='utf-8') as file:
                    file.write(next(blocks(text, language))[1])
            built = os.path.join(folder, 'build')
            builds.call(['meson', 'setup', '-Doptimization=0', '-Dtests=disabled', '-Dwerror=true', built, folder])
            builds.call(['ninja', '-C', built, builds.COMMAND])
            command = os.path.join(built, builds.COMMAND)
            for arguments, wanted in (([], builds.HOLDS), (['--fails-with'], builds.VIOLATED)):
                status, out, err = builds.orrery(command, 'run', scenario, *arguments, cwd=folder)
                self.assertEqual(status, wanted, out + err)

    def test_the_picture_is_of_the_run_that_is_shown(self):
        picture = os.path.join(builds.ROOT, 'docs', 'leader-cut-off.svg')
        drawn = subprocess.run([os.path.join(builds.ROOT, 'tools', 'picture'),
                                'scenarios/consensus/leader-cut-off.yaml'], cwd=builds.ROOT, text=True,
                               stdout=subprocess.PIPE, check=True).stdout
        if 'ORRERY_UPDATE_GOLDEN' in os.environ:
            with open(picture, 'w', encoding='utf-8') as file:
                file.write(drawn)
        self.assertEqual(sources.read(builds.ROOT, 'docs/leader-cut-off.svg'), drawn)

    def test_every_path_exists(self):
        for path in documents():
            for target in re.findall(r'\]\(([^)#]+)\)', sources.read(builds.ROOT, path)):
                if '://' not in target:
                    place = os.path.join(builds.ROOT, os.path.dirname(path), target)
                    self.assertTrue(os.path.exists(place), f'{path}: {target} is not there')


class Rules(unittest.TestCase):
    def test_examples_are_told_apart(self):
        self.assertEqual(list(examples('$ one a \\\n> b\nx\n\n$ two\n')), [('one a b', ['x', '']), ('two', [])])

    def test_matching(self):
        self.assertTrue(matches(['a', '...', 'd'], ['a', 'b', 'c', 'd']))
        self.assertTrue(matches(['a', '...', 'd'], ['a', 'd']))
        self.assertTrue(matches(['took ... s'], ['took 1.2 s']))
        self.assertTrue(matches([], []))
        for wanted, lines in ((['a'], ['b']), (['a'], ['a', 'b']), (['a', 'b'], ['a']), (['a', '...'], ['b', 'a']),
                              (['a.c'], ['abc']), ([], ['a']), (['took ... s'], ['took', '1 s'])):
            self.assertFalse(matches(wanted, lines), (wanted, lines))

    def test_what_is_shown_can_be_renewed(self):
        text = 'x\n```console\n$ echo a\nb\n$ echo c; echo d\n...\nd\n```\ny\n'
        self.assertEqual(renewed(text), text.replace('\nb\n', '\na\n'))

    def test_blocks_are_found_by_language(self):
        text = 'x\n```yaml\na: 1\n```\n```console\n$ b\n```\n'
        self.assertEqual(list(blocks(text, 'console')), [(5, '$ b\n')])

    def test_a_wrong_model_is_refused(self):
        self.assertEqual(compiles('int f(void);\n'), '')
        self.assertIn('error', compiles('int f(void) { return x; }\n'))
        self.assertIn('error', compiles('int f(long x) { return x; }\n'))

    def test_what_tests_everything_is_not_run_by_a_test(self):
        self.assertFalse(is_run('tools/test'))
        self.assertTrue(is_run('tools/run models'))


if __name__ == '__main__':
    unittest.main()
