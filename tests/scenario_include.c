/* scenario_include.c - files that include files, overlays, and what lies on what. */
#define _POSIX_C_SOURCE 200809L
#include "tests/lib/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- files ------------------------------------------------------------------------------------- */

static char folder[64];

static void enter_folder(void)
{
    snprintf(folder, sizeof folder, "%s", "/tmp/orrery-tree-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    char command[128];

    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_load(const struct sim_document_options *options, const char *tree,
                        const char *errors)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_load(options, d);
    char *wrong = tree_errors(d), *found = tree_printed(sim_document_root(document));

    ck_assert_str_eq(wrong, errors);
    ck_assert_str_eq(found, tree);
    free(wrong);
    free(found);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}

static void expect_file(const char *path, const char *tree, const char *errors)
{
    struct sim_document_options options = tree_options();

    options.path = path;
    expect_load(&options, tree, errors);
}

START_TEST(includes)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document_options options = tree_options();
    struct sim_document *document;
    const struct sim_tree *root, *store;

    mkdir("sub", 0700);
    write_file("a.yaml", "include: [sub/b.yaml, sub/c.yaml]\n"
                         "nodes: {store: {model: primary, count: 7}}\nlist: [3]\n");
    write_file("sub/b.yaml", "include: [d.yaml]\nname: b\nlist: [1, 2]\n"
                             "nodes: {store: {count: 1, heartbeat: 5ms}}\n");
    write_file("sub/c.yaml", "name: c\ninclude:\n");
    write_file("sub/d.yaml", "name: d\nabout: d\nnodes: {store: {model: raft, timeout: 1s}}\n");
    /* the including file wins, of several included ones the later; a change of model drops keys */
    expect_file("a.yaml",
                "name: c\nabout: d\nnodes:\n  store:\n    model: primary\n    timeout: 1s\n"
                "    count: 7\nlist:\n  - 3\n",
                "");
    expect_file("sub/../a.yaml",
                "name: c\nabout: d\nnodes:\n  store:\n    model: primary\n    timeout: 1s\n"
                "    count: 7\nlist:\n  - 3\n",
                "");
    options.path = "a.yaml";
    document = sim_document_load(&options, d);
    root = sim_document_root(document);
    store = sim_tree_get(sim_tree_get(root, "nodes"), "store");
    ck_assert_str_eq(sim_tree_get(root, "name")->mark.source->name, "sub/c.yaml");
    ck_assert_str_eq(sim_tree_get(root, "about")->mark.source->name, "sub/d.yaml");
    ck_assert_str_eq(store->mark.source->name, "a.yaml");
    ck_assert_str_eq(sim_tree_get(store, "timeout")->mark.source->name, "sub/d.yaml");
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

START_TEST(wrong_includes)
{
    write_file("bad.yaml", "a: [1\n");
    write_file("main.yaml", "version: 1\ninclude: [missing.yaml, bad.yaml]\n");
    expect_file("main.yaml", "",
                "main.yaml:2:11: error: cannot read 'missing.yaml': No such file or directory\n"
                "    2 | include: [missing.yaml, bad.yaml]\n"
                "      |           ^~~~~~~~~~~~\n"
                "bad.yaml:1:6: error: did not find expected ',' or ']' while parsing a flow "
                "sequence\n"
                "    1 | a: [1\n"
                "      |      ^ is a comma or the closing bracket missing?\n"
                "bad.yaml:1:4: note: which begins here\n"
                "main.yaml:2:25: note: included here\n");
    write_file("text.yaml", "include: base.yaml\n");
    expect_file("text.yaml", "",
                "text.yaml:1:10: error: 'include' is a list of files\n"
                "    1 | include: base.yaml\n"
                "      |          ^~~~~~~~~ write include: [base.yaml]\n");
    write_file("list.yaml", "include: [[a.yaml], '']\n");
    expect_file("list.yaml", "",
                "list.yaml:1:11: error: an entry of 'include' is the path of a file\n"
                "    1 | include: [[a.yaml], '']\n"
                "      |           ^~~~~~~~\n"
                "list.yaml:1:21: error: an entry of 'include' is the path of a file\n"
                "    1 | include: [[a.yaml], '']\n"
                "      |                     ^~\n");
    write_file("folder.yaml", "include: [/]\n");
    expect_file("folder.yaml", "",
                "folder.yaml:1:11: error: cannot read '/': Is a directory\n"
                "    1 | include: [/]\n"
                "      |           ^\n");
    expect_file("absent.yaml", "", "error: cannot read 'absent.yaml': No such file or directory\n");
    expect_file(".", "", "error: cannot read '.': Is a directory\n");
}
END_TEST

START_TEST(cycles_of_includes)
{
    mkdir("sub", 0700);
    write_file("self.yaml", "include: [./sub/../self.yaml]\n");
    write_file("a.yaml", "include: [sub/b.yaml]\n");
    write_file("sub/b.yaml", "include: [../a.yaml]\n");
    expect_file("self.yaml", "",
                "self.yaml:1:11: error: 'self.yaml' includes itself\n"
                "    1 | include: [./sub/../self.yaml]\n"
                "      |           ^~~~~~~~~~~~~~~~~~\n");
    expect_file("a.yaml", "",
                "sub/b.yaml:1:11: error: 'a.yaml' includes itself through 'sub/b.yaml'\n"
                "    1 | include: [../a.yaml]\n"
                "      |           ^~~~~~~~~\n"
                "a.yaml:1:11: note: included here\n");
    /* a link hides the cycle from its name, but not for ever */
    ck_assert_int_eq(symlink(".", "loop"), 0);
    write_file("link.yaml", "include: [loop/link.yaml]\n");
    {
        struct sim_document_options options = tree_options();
        struct sim_diagnostics *d = sim_diagnostics_create();
        struct sim_document *document;
        char *errors;

        options.path = "link.yaml";
        document = sim_document_load(&options, d);
        errors = tree_errors(d);
        ck_assert_msg(strstr(errors, "files are included through more than 16 others"), "%s",
                      errors);
        ck_assert_ptr_null(sim_document_root(document));
        sim_document_destroy(document);
        sim_diagnostics_destroy(d);
        free(errors);
    }
}
END_TEST

START_TEST(too_many_files)
{
    char *text = tree_repeated("include: [b.yaml", ", b.yaml", 70, "]\n");
    struct sim_document_options options = tree_options();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    char *errors;

    write_file("a.yaml", text);
    write_file("b.yaml", "a: 1\n");
    options.path = "a.yaml";
    document = sim_document_load(&options, d);
    errors = tree_errors(d);
    ck_assert_msg(strstr(errors, "more than 64 files are included"), "%s", errors);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(errors);
    free(text);
}
END_TEST

/* included < file < variant < overlay < --set */
START_TEST(precedence)
{
    struct sim_document_options options = tree_options();

    write_file("base.yaml", "a: included\nb: included\nc: included\nd: included\ne: included\n");
    write_file("main.yaml", "include: [base.yaml]\nb: file\nc: file\nd: file\ne: file\n"
                            "variants: {v: {c: variant, d: variant, e: variant}}\n");
    write_file("one.yaml", "d: one\ne: one\n");
    write_file("two.yaml", "e: two\nx.y: path\n");
    options.path = "main.yaml";
    options.variant = "v";
    options.overlays = SETS("one.yaml", "two.yaml");
    expect_load(&options,
                "a: included\nb: file\nc: variant\nd: one\ne: two\n"
                "variants:\n  v:\n    c: variant\n    d: variant\n    e: variant\n"
                "x:\n  y: path\n",
                "");
    options.sets = SETS("e=set", "a=set");
    expect_load(&options,
                "a: set\nb: file\nc: variant\nd: one\ne: set\n"
                "variants:\n  v:\n    c: variant\n    d: variant\n    e: variant\n"
                "x:\n  y: path\n",
                "");
    options.sets = NULL;
    options.variant = NULL;
    options.overlays = SETS("one.yaml", "nine.yaml");
    expect_load(&options, "",
                "--overlay[2]:1:1: error: cannot read 'nine.yaml': No such file or directory\n"
                "    1 | nine.yaml\n"
                "      | ^~~~~~~~~\n");
}
END_TEST

START_TEST(overlays_change_the_model_too)
{
    struct sim_document_options options = tree_options();

    write_file("main.yaml",
               "nodes: {store: {model: raft, heartbeat: 1s, timeout: 2s, count: 3}}\n");
    write_file("over.yaml", "nodes: {store: {model: primary, replication: async}}\n");
    options.path = "main.yaml";
    options.overlays = SETS("over.yaml");
    expect_load(&options,
                "nodes:\n  store:\n    model: primary\n    timeout: 2s\n    count: 3\n"
                "    replication: async\n",
                "");
    options.model_has_key = NULL;
    expect_load(&options,
                "nodes:\n  store:\n    model: primary\n    heartbeat: 1s\n    timeout: 2s\n"
                "    count: 3\n    replication: async\n",
                "");
}
END_TEST

START_TEST(from_standard_input)
{
    write_file("in.yaml", "a: [1\n");
    ck_assert_ptr_nonnull(freopen("in.yaml", "rb", stdin));
    expect_file("-", "",
                "<stdin>:1:6: error: did not find expected ',' or ']' while parsing a flow "
                "sequence\n"
                "    1 | a: [1\n"
                "      |      ^ is a comma or the closing bracket missing?\n"
                "<stdin>:1:4: note: which begins here\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("include");
    TCase *tcase = tcase_create("include");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, enter_folder, leave_folder);
    tcase_add_test(tcase, includes);
    tcase_add_test(tcase, wrong_includes);
    tcase_add_test(tcase, cycles_of_includes);
    tcase_add_test(tcase, too_many_files);
    tcase_add_test(tcase, precedence);
    tcase_add_test(tcase, overlays_change_the_model_too);
    tcase_add_test(tcase, from_standard_input);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
