/* scenario_override.c - paths and --set, variants and the matrix. */
#define _POSIX_C_SOURCE 200809L
#include "tests/lib/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 8 };

/* -- overrides --------------------------------------------------------------------------------- */

static const char base[] = "name: x\n"
                           "nodes:\n"
                           "  store: {model: raft, count: 5, heartbeat: 50ms, timeout: 1s}\n"
                           "  app:\n"
                           "    model: client\n"
                           "    calls: {app.read: [retry: {times: 3}]}\n"
                           "faults:\n"
                           "  - {at: 20s, label: cut}\n"
                           "  - {at: 30s}\n";

static const char base_tree[] = "name: x\n"
                                "nodes:\n"
                                "  store:\n"
                                "    model: raft\n"
                                "    count: 5\n"
                                "    heartbeat: 50ms\n"
                                "    timeout: 1s\n"
                                "  app:\n"
                                "    model: client\n"
                                "    calls:\n"
                                "      app.read:\n"
                                "        - retry:\n"
                                "            times: 3\n"
                                "faults:\n"
                                "  - at: 20s\n"
                                "    label: cut\n"
                                "  - at: 30s\n";

/* TEXT with the first BEFORE replaced by AFTER. */
static const char *replaced(const char *text, const char *before, const char *after)
{
    static char buffer[TEXTS][4096];
    static int turn;
    const char *at = strstr(text, before);
    char fresh[sizeof buffer[0]], *out = buffer[turn++ % TEXTS]; /* TEXT may be one of them */

    ck_assert_msg(at, "'%s' is not in:\n%s", before, text);
    snprintf(fresh, sizeof fresh, "%.*s%s%s", (int)(at - text), text, after, at + strlen(before));
    memcpy(out, fresh, sizeof fresh);
    return out;
}

static void expect_sets(const char *tree, const char *errors, const char *const *sets)
{
    struct sim_document_options options = tree_options();

    options.sets = sets;
    tree_expect_parse(base, strlen(base), &options, tree, errors);
}

START_TEST(sets)
{
    expect_sets(replaced(base_tree, "count: 5", "count: 7"), "", SETS("nodes.store.count=7"));
    /* the later wins */
    expect_sets(replaced(base_tree, "count: 5", "count: 8"), "",
                SETS("nodes.store.count=7", "nodes.store.count=8"));
    expect_sets(replaced(base_tree, "at: 30s", "at: 31s"), "", SETS("faults[1].at=31s"));
    expect_sets(replaced(base_tree, "  - at: 30s", "  - crash"), "", SETS("faults[1]=crash"));
    /* mappings merge, lists are replaced, new keys come last */
    expect_sets(replaced(base_tree, "at: 30s\n", "at: 30s\n    label: b\n"), "",
                SETS("faults[1]={label: b}"));
    expect_sets(replaced(base_tree, "  - at: 20s\n    label: cut\n  - at: 30s\n", "  - x\n"), "",
                SETS("faults=[x]"));
    expect_sets(replaced(base_tree, "30s\n", "30s\nnetwork:\n  link:\n    loss: 1%\n"), "",
                SETS("network.link.loss=1%"));
    /* keys with dots in them */
    expect_sets(replaced(base_tree, "times: 3", "times: 4"), "",
                SETS("nodes.app.calls.app.read[0].retry.times=4"));
    /* scalars are YAML's */
    expect_sets(replaced(base_tree, "name: x", "name:"), "", SETS("name="));
    expect_sets(replaced(base_tree, "name: x", "name: \"5\""), "", SETS("name='5'"));
    expect_sets(replaced(base_tree, "name: x", "name: a=b"), "", SETS("name=a=b"));
    expect_sets(replaced(base_tree, "name: x", "name: a b"), "", SETS("name=  a b  # comment"));
}
END_TEST

START_TEST(changing_the_model_drops_keys_of_the_old_one)
{
    /* heartbeat is raft's alone; timeout belongs to both, count to every group */
    const char *primary =
        replaced(replaced(base_tree, "model: raft", "model: primary"), "    heartbeat: 50ms\n", "");

    expect_sets(primary, "", SETS("nodes.store.model=primary"));
    expect_sets(primary, "", SETS("nodes.store={model: primary}"));
    expect_sets(primary, "", SETS("nodes={store: {model: primary}}"));
    expect_sets(base_tree, "", SETS("nodes.store.model=raft"));
    /* whatever the order, nothing that was asked for is dropped */
    expect_sets(replaced(primary, "timeout: 1s\n", "timeout: 1s\n    heartbeat: 9ms\n"), "",
                SETS("nodes.store.heartbeat=9ms", "nodes.store.model=primary"));
    /* it is about groups: a `model` elsewhere is a key like any other */
    expect_sets(replaced(base_tree, "30s\n", "30s\nx:\n  store:\n    model: b\n    heartbeat: 1\n"),
                "", SETS("x.store={model: raft, heartbeat: 1}", "x.store.model=b"));
}
END_TEST

START_TEST(long_step)
{
    char *path = tree_repeated("x.", "k", 129, "=1"),
         *errors = tree_repeated("--set[1]:1:1: error: 'x.", "k", 129,
                                 "' has a step that is too long\n");
    struct sim_document_options options = tree_options();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    char *found;

    options.sets = SETS(path);
    document = sim_document_parse("x.yaml", base, strlen(base), &options, d);
    found = tree_errors(d);
    ck_assert_msg(strncmp(found, errors, strlen(errors)) == 0, "%s", found);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(path);
    free(errors);
    free(found);
}
END_TEST

START_TEST(wrong_sets)
{
    expect_sets(base_tree,
                "--set[2]:1:19: error: 'nodes.store.count' is a single value: there is no 'timeot' "
                "in it\n"
                "    1 | nodes.store.count.timeot=1\n"
                "      |                   ^~~~~~ did you mean 'nodes.store.timeout'?\n",
                SETS("name=x", "nodes.store.count.timeot=1"));
    expect_sets(base_tree,
                "--set[1]:1:8: error: 'faults' is a list: there is no 'at' in it\n"
                "    1 | faults.at=1s\n"
                "      |        ^~ name an entry: faults[0]\n",
                SETS("faults.at=1s"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: 'faults' has no entry 2: it ends with faults[1]\n"
                "    1 | faults[2].at=1s\n"
                "      | ^~~~~~\n",
                SETS("faults[2].at=1s"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: 'nodes' is a mapping: it has no entries\n"
                "    1 | nodes[0]=1s\n"
                "      | ^~~~~\n",
                SETS("nodes[0]=1s"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: there is no list 'network'\n"
                "    1 | network[0]=1s\n"
                "      | ^~~~~~~\n",
                SETS("network[0]=1s"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: there is no '=' in it\n"
                "    1 | nodes.store.count\n"
                "      | ^~~~~~~~~~~~~~~~~ write --set nodes.store.count=7\n",
                SETS("nodes.store.count"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: '' is no path\n"
                "    1 | =5\n"
                "      | ^ a path is written nodes.store.count or faults[0].at\n",
                SETS("=5"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: 'nodes..count' has an empty step\n"
                "    1 | nodes..count=5\n"
                "      | ^~~~~~~~~~~~ a path is written nodes.store.count or faults[0].at\n",
                SETS("nodes..count=5"));
}
END_TEST

START_TEST(wrong_steps_and_values)
{
    expect_sets(base_tree,
                "--set[1]:1:1: error: 'faults[x]' has no number in its brackets\n"
                "    1 | faults[x]=5\n"
                "      | ^~~~~~~~~ a path is written nodes.store.count or faults[0].at\n",
                SETS("faults[x]=5"));
    expect_sets(base_tree,
                "--set[1]:1:6: error: a value on the command line is a scalar or a collection in "
                "brackets\n"
                "    1 | name=a: b\n"
                "      |      ^ write {a: 1} for a mapping, [1, 2] for a list, or quote the text\n",
                SETS("name=a: b"));
    expect_sets(
        base_tree,
        "--set[1]:1:9: error: did not find expected node content while parsing a flow node\n"
        "    1 | name=[1,\n"
        "      |         ^ is a value or a closing bracket missing?\n",
        SETS("name=[1,"));
    expect_sets(base_tree,
                "--set[1]:1:1: error: files are included before anything is overridden\n"
                "    1 | include=[a.yaml]\n"
                "      | ^~~~~~~ --overlay adds a file\n",
                SETS("include=[a.yaml]"));
    expect_sets(base_tree,
                "--set[1]:1:6: error: this is not UTF-8\n"
                "    1 | name=?\n"
                "      |      ^ save the file as UTF-8\n",
                SETS("name=\xff"));
}
END_TEST

START_TEST(set_values_know_their_place)
{
    struct sim_document_options options = tree_options();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    const struct sim_tree *store;

    options.sets = SETS("name=y", "nodes.store.count=\u00e4", "nodes.st\u00f6re.x={a: 1}");
    document = sim_document_parse("x.yaml", base, strlen(base), &options, d);
    store = sim_tree_get(sim_tree_get(sim_document_root(document), "nodes"), "store");
    ck_assert_str_eq(store->mark.source->name, "x.yaml");
    ck_assert_str_eq(store->key_marks[0].source->name, "x.yaml");
    ck_assert_str_eq(store->key_marks[1].source->name, "--set[2]");
    ck_assert_uint_eq(store->key_marks[1].column, 13);
    ck_assert_str_eq(store->items[1]->mark.source->name, "--set[2]");
    ck_assert_uint_eq(store->items[1]->mark.line, 1);
    ck_assert_uint_eq(store->items[1]->mark.column, 19);
    store = sim_tree_get(sim_tree_get(sim_document_root(document), "nodes"), "st\u00f6re");
    ck_assert_str_eq(store->items[0]->mark.source->name, "--set[3]");
    ck_assert_uint_eq(store->items[0]->mark.column, 15);
    ck_assert_uint_eq(store->items[0]->items[0]->mark.column, 19);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

/* -- variants and matrix ----------------------------------------------------------------------- */

static const char varied[] = "version: 1\n"
                             "nodes: {store: {model: raft, count: 5, heartbeat: 50ms}}\n"
                             "variants:\n"
                             "  big: {nodes.store.count: 9}\n"
                             "  other: {nodes.store: {model: primary, replication: async}}\n"
                             "  plain:\n"
                             "fails_with: {nodes.store.count: 1}\n"
                             "matrix:\n"
                             "  nodes.store.count: [3, 5]\n"
                             "  beat:\n"
                             "    slow: {nodes.store.heartbeat: 1s}\n"
                             "    fast: {nodes.store.heartbeat: 1ms}\n"
                             "  exclude: [{nodes.store.count: 3, beat: fast}]\n"
                             "  include:\n"
                             "    - {beat: slow, network.loss: 1%}\n"
                             "    - {nodes.store.count: 7, beat: fast}\n"
                             "    - {nodes.store.count: 5, network.loss: 2%}\n";

/* What the variant makes of the nodes and the network. */
static void expect_variant(const char *variant, bool fails, const char *const *given,
                           const char *nodes, const char *network)
{
    struct sim_document_options options = tree_options();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    const struct sim_tree *root;
    char *found, *errors;

    options.variant = variant;
    options.fails_with = fails;
    options.sets = given;
    document = sim_document_parse("x.yaml", varied, strlen(varied), &options, d);
    errors = tree_errors(d);
    ck_assert_str_eq(errors, "");
    root = sim_document_root(document);
    found = tree_printed(sim_tree_get(sim_tree_get(root, "nodes"), "store"));
    ck_assert_str_eq(found, nodes);
    free(found);
    found = tree_printed(sim_tree_get(root, "network"));
    ck_assert_str_eq(found, network);
    free(found);
    ck_assert_ptr_nonnull(sim_tree_get(root, "variants"));
    ck_assert_ptr_null(sim_tree_get(root, "beat")); /* an axis of named values is no path */
    ck_assert_ptr_nonnull(sim_tree_get(root, "matrix"));
    ck_assert_ptr_nonnull(sim_tree_get(root, "fails_with"));
    free(errors);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}

START_TEST(variants)
{
    const char *const none[] = { NULL };

    expect_variant(NULL, false, none, "model: raft\ncount: 5\nheartbeat: 50ms\n", "");
    expect_variant("plain", false, none, "model: raft\ncount: 5\nheartbeat: 50ms\n", "");
    expect_variant("big", false, NULL, "model: raft\ncount: 9\nheartbeat: 50ms\n", "");
    expect_variant("other", false, NULL, "model: primary\ncount: 5\nreplication: async\n", "");
    expect_variant(NULL, true, NULL, "model: raft\ncount: 1\nheartbeat: 50ms\n", "");
    expect_variant("big", true, NULL, "model: raft\ncount: 1\nheartbeat: 50ms\n", "");
    /* --set wins over everything */
    expect_variant("big", true, SETS("nodes.store.count=2"),
                   "model: raft\ncount: 2\nheartbeat: 50ms\n", "");
    /* and can even declare the variant that is asked for */
    expect_variant("small", false, SETS("variants.small={nodes.store.count: 2}"),
                   "model: raft\ncount: 2\nheartbeat: 50ms\n", "");
}
END_TEST

START_TEST(matrix)
{
    static const char *const names[] = {
        "big",
        "other",
        "plain",
        "nodes.store.count=3,beat=slow",
        "nodes.store.count=5,beat=slow",
        "nodes.store.count=5,beat=fast",
        "nodes.store.count=7,beat=fast",
        NULL,
    };
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", varied, strlen(varied), NULL, d);
    const char *const *found = sim_document_variants(document);
    size_t i;

    for (i = 0; names[i] && found[i]; i++)
        ck_assert_str_eq(found[i], names[i]);
    ck_assert_ptr_null(names[i]);
    ck_assert_ptr_null(found[i]);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);

    expect_variant(names[3], false, NULL, "model: raft\ncount: 3\nheartbeat: 1s\n", "loss: 1%\n");
    /* a later entry of `include` overwrites what an earlier one added, never a value of an axis */
    expect_variant(names[4], false, NULL, "model: raft\ncount: 5\nheartbeat: 1s\n", "loss: 2%\n");
    expect_variant(names[5], false, NULL, "model: raft\ncount: 5\nheartbeat: 1ms\n", "loss: 2%\n");
    expect_variant(names[6], false, NULL, "model: raft\ncount: 7\nheartbeat: 1ms\n", "");
    expect_variant("beat=fast,nodes.store.count=5", false, NULL,
                   "model: raft\ncount: 5\nheartbeat: 1ms\n", "loss: 2%\n");
}
END_TEST

static void expect_no_variant(const char *text, const char *variant, const char *errors)
{
    struct sim_document_options options = tree_options();

    options.variant = variant;
    options.fails_with = strcmp(variant, "!fails") == 0;
    if (options.fails_with)
        options.variant = NULL;
    tree_expect_parse(text, strlen(text), &options, NULL, errors);
}

START_TEST(unknown_variants)
{
    expect_no_variant(varied, "bgi",
                      "--variant:1:1: error: there is no variant 'bgi'\n"
                      "    1 | bgi\n"
                      "      | ^~~ did you mean 'big'?\n"
                      "note: the variants are: big other plain nodes.store.count=3,beat=slow "
                      "nodes.store.count=5,beat=slow nodes.store.count=5,beat=fast "
                      "nodes.store.count=7,beat=fast\n");
    expect_no_variant("a: 1\n", "x",
                      "--variant:1:1: error: there is no variant 'x'\n"
                      "    1 | x\n"
                      "      | ^\n"
                      "note: the scenario has neither variants nor a matrix\n");
    expect_no_variant("a: 1\n", "!fails",
                      "x.yaml:1:1: error: the scenario has no 'fails_with'\n"
                      "    1 | a: 1\n"
                      "      | ^ it names overrides under which an expectation is violated\n");
}
END_TEST

static const struct {
    const char *text, *expected;
} malformed[] = {
    { "variants: [a]\n", "1:11: error: 'variants' is a mapping from names to overrides" },
    { "variants: {a: 5}\n", "1:15: error: 'a' is a mapping of overrides" },
    { "variants: {a=b: {}}\n", "1:12: error: ',' and '=' belong to the names of cells" },
    { "matrix: [a]\n", "1:9: error: 'matrix' is a mapping from axes to values" },
    { "matrix: {a: 5}\n", "1:13: error: the axis 'a' needs a list of values" },
    { "matrix: {a: []}\n", "1:13: error: the axis 'a' needs a list of values" },
    { "matrix: {a: [1, 1]}\n", "1:17: error: the axis 'a' has the value '1' twice" },
    { "matrix: {a: [[1]]}\n", "1:14: error: a value of an axis is a scalar" },
    { "matrix: {a: ['1,2']}\n", "1:14: error: the name of a cell cannot hold this value" },
    { "matrix: {a: ['']}\n", "1:14: error: the name of a cell cannot hold this value" },
    { "matrix: {a=b: [1]}\n", "1:10: error: the name of a cell cannot hold this name" },
    { "matrix: {a: {x: 5}}\n", "1:17: error: a named value of an axis is a mapping" },
    { "matrix: {axis: [1], exclude: [{axes: 1}]}\n", "the matrix has no axis 'axes'" },
    { "matrix: {axis: [1], exclude: [{axes: 1}]}\n", "did you mean 'axis'?" },
    { "matrix: {a: [1], exclude: [{a: 2}]}\n", "1:32: error: the axis 'a' has no such value" },
    { "matrix: {a: [1], exclude: {a: 2}}\n", "'exclude' is a list" },
    { "matrix: {a: [1], exclude: [5]}\n", "an entry of 'exclude' is a mapping" },
    { "matrix: {a: [1], include: [{}]}\n", "an entry of 'include' is a mapping" },
    { "matrix: {a: {x: {}}, include: [{a: y}]}\n", "the axis 'a' has no such value" },
    { "matrix: {include: [{a: [1]}]}\n", "nothing in this entry can name a cell" },
    { "matrix: {include: [{a: 1}, {a: 1}]}\n", "the matrix has a cell 'a=1' already" },
    { "fails_with: 5\n", "" },
};

START_TEST(malformed_variants)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    const char *text = malformed[_i].text;
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
    char *errors = tree_errors(d);

    ck_assert_msg(strstr(errors, malformed[_i].expected), "%s", errors);
    ck_assert_uint_eq(sim_diagnostics_errors(d), malformed[_i].expected[0] != '\0');
    ck_assert_ptr_nonnull(sim_document_root(document)); /* the rest can still be checked */
    free(errors);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

START_TEST(matrices_are_bounded)
{
    struct sim_document_options options = tree_options();
    const char text[] = "matrix:\n"
                        "  a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  d: [0, 1]\n";

    tree_expect_parse(text, strlen(text), &options, NULL,
                      "x.yaml:2:3: error: a matrix of more than 1000 cells\n"
                      "    2 |   a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                      "      |   ^\n");
}
END_TEST

/* A key that is a path is marked at its step; overrides in a variant that lead nowhere are refused.
 */
START_TEST(wrong_overrides_point_at_their_key)
{
    const char text[] = "nodes: {store: {count: 5}}\n"
                        "variants:\n"
                        "  a: {nodes.store.count.x: 1, \"nodes.store.count.y\": 1}\n"
                        "  b: {x: 1}\n"
                        "fails_with:\n"
                        "  faults[0].at: 1\n";

    expect_no_variant(text, "a",
                      "x.yaml:3:25: error: 'nodes.store.count' is a single value: there is no 'x' "
                      "in it\n"
                      "    3 |   a: {nodes.store.count.x: 1, \"nodes.store.count.y\": 1}\n"
                      "      |                         ^\n"
                      "note: in variant 'a'\n"
                      "x.yaml:3:31: error: 'nodes.store.count' is a single value: there is no 'y' "
                      "in it\n"
                      "    3 |   a: {nodes.store.count.x: 1, \"nodes.store.count.y\": 1}\n"
                      "      |                               ^~~~~~~~~~~~~~~~~~~~~\n"
                      "note: in variant 'a'\n");
    expect_no_variant(text, "!fails",
                      "x.yaml:6:3: error: there is no list 'faults'\n"
                      "    6 |   faults[0].at: 1\n"
                      "      |   ^~~~~~\n"
                      "note: with 'fails_with'\n");
}
END_TEST

/* Many overrides of a large mapping are refused before they fill the memory. */
START_TEST(overrides_are_bounded)
{
    struct sim_document_options options = tree_options();
    size_t size = 3 << 20, used = 0;
    char *text = malloc(size), *errors;
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;

    for (int i = 0; i < 40000; i++)
        used += (size_t)snprintf(text + used, size - used, "k%d: 1\n", i);
    used += (size_t)snprintf(text + used, size - used, "variants:\n  v:\n");
    for (int i = 0; i < 40000; i++)
        used += (size_t)snprintf(text + used, size - used, "    n%d: 1\n", i);
    options.variant = "v";
    document = sim_document_parse("x.yaml", text, used, &options, d);
    errors = tree_errors(d);
    ck_assert_msg(strstr(errors, "more than 4000000 copied keys"), "%s", errors);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(errors);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("override");
    TCase *tcase = tcase_create("override");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, sets);
    tcase_add_test(tcase, changing_the_model_drops_keys_of_the_old_one);
    tcase_add_test(tcase, wrong_sets);
    tcase_add_test(tcase, wrong_steps_and_values);
    tcase_add_test(tcase, long_step);
    tcase_add_test(tcase, set_values_know_their_place);
    tcase_add_test(tcase, variants);
    tcase_add_test(tcase, matrix);
    tcase_add_test(tcase, unknown_variants);
    tcase_add_loop_test(tcase, malformed_variants, 0, sizeof malformed / sizeof malformed[0]);
    tcase_add_test(tcase, matrices_are_bounded);
    tcase_add_test(tcase, wrong_overrides_point_at_their_key);
    tcase_add_test(tcase, overrides_are_bounded);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
