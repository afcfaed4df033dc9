/* scenario_tree.c - documents: what YAML lacks, what lies on what, and every way to be refused. */
#define _POSIX_C_SOURCE 200809L
#include "sim/scenario/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- helpers ----------------------------------------------------------------------------------- */

enum { TEXTS = 8 };

static bool model_has_key(const void *context, const char *model, const char *key)
{
    ck_assert_str_eq(context, "catalogue");
    if (strcmp(model, "raft") == 0)
        return strcmp(key, "heartbeat") == 0 || strcmp(key, "timeout") == 0;
    if (strcmp(model, "primary") == 0)
        return strcmp(key, "replication") == 0 || strcmp(key, "timeout") == 0;
    return false;
}

static struct sim_document_options options_of(void)
{
    return (struct sim_document_options){ .model_has_key = model_has_key, .context = "catalogue" };
}

static char *printed_tree(const struct sim_tree *tree)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    if (tree)
        sim_tree_print(tree, file);
    fclose(file);
    return text;
}

static char *printed_errors(const struct sim_diagnostics *d)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    sim_diagnostics_print(d, file, false);
    fclose(file);
    return text;
}

static bool same(const struct sim_tree *a, const struct sim_tree *b)
{
    if (a->kind != b->kind || a->count != b->count || a->quoted != b->quoted)
        return false;
    if (a->kind == SIM_SCALAR)
        return strcmp(a->text, b->text) == 0;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == SIM_MAPPING && strcmp(a->keys[i], b->keys[i]) != 0)
            return false;
        if (!same(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

static void expect_round_trip(const struct sim_tree *tree)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document_options none = { 0 };
    char *text = printed_tree(tree), *errors;
    struct sim_document *again = sim_document_parse("printed", text, strlen(text), &none, d);

    errors = printed_errors(d);
    ck_assert_msg(sim_document_root(again), "%s\n%s", text, errors);
    ck_assert_msg(same(tree, sim_document_root(again)), "%s", text);
    free(text);
    free(errors);
    sim_document_destroy(again);
    sim_diagnostics_destroy(d);
}

/* Parses TEXT under OPTIONS and compares what is printed: the tree, or the errors. */
static void expect(const char *text, size_t length, const struct sim_document_options *options,
                   const char *tree, const char *errors)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, length, options, d);
    char *wrong = printed_errors(d);

    ck_assert_str_eq(wrong, errors);
    if (tree) {
        char *found = printed_tree(sim_document_root(document));

        ck_assert_str_eq(found, tree);
        free(found);
        if (sim_document_root(document))
            expect_round_trip(sim_document_root(document));
    }
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(wrong);
}

static void expect_tree(const char *text, const char *tree)
{
    struct sim_document_options options = options_of();

    expect(text, strlen(text), &options, tree, "");
}

static void expect_errors(const char *text, const char *errors)
{
    struct sim_document_options options = options_of();

    expect(text, strlen(text), &options, NULL, errors);
}

/* The messages contain EXPECTED and there is no tree. */
static void expect_refusal(const char *text, size_t length, const char *expected)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, length, NULL, d);
    char *wrong = printed_errors(d);

    ck_assert_msg(strstr(wrong, expected), "'%s' is not in:\n%s", expected, wrong);
    ck_assert_ptr_null(sim_document_root(document));
    ck_assert_uint_eq(sim_diagnostics_errors(d), 1);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(wrong);
}

/* -- YAML -------------------------------------------------------------------------------------- */

START_TEST(scalars_stay_text)
{
    const char text[] = "a: no\nb: 010\nc: 12:30:00\nd: 'true'\ne: \"5\"\nf: ~\ng:\nh: null\n"
                        "i: ''\nj: |\n  two\n  lines\nk: one\n  text\n";
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
    const struct sim_tree *root = sim_document_root(document);
    static const struct {
        const char *key, *text;
        bool quoted, null;
    } rows[] = {
        { "a", "no", false, false },       { "b", "010", false, false },
        { "c", "12:30:00", false, false }, { "d", "true", true, false },
        { "e", "5", true, false },         { "f", "~", false, true },
        { "g", "", false, true },          { "h", "null", false, true },
        { "i", "", true, false },          { "j", "two\nlines\n", true, false },
        { "k", "one text", false, false },
    };

    ck_assert_uint_eq(root->count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sim_tree *value = sim_tree_get(root, rows[i].key);

        ck_assert_str_eq(value->text, rows[i].text);
        ck_assert_msg(value->quoted == rows[i].quoted, "%s", rows[i].key);
        ck_assert_msg(sim_tree_is_null(value) == rows[i].null, "%s", rows[i].key);
    }
    ck_assert(sim_tree_is_null(sim_tree_get(root, "absent")));
    ck_assert_ptr_null(sim_tree_get(sim_tree_get(root, "a"), "absent"));
    expect_round_trip(root);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

static void check_mark(const struct sim_mark *mark, uint32_t line, uint32_t column, uint32_t length)
{
    ck_assert_str_eq(mark->source->name, "x.yaml");
    ck_assert_uint_eq(mark->line, line);
    ck_assert_uint_eq(mark->column, column);
    ck_assert_uint_eq(mark->length, length);
}

START_TEST(marks_count_characters_from_one)
{
    const char text[] = "\xef\xbb\xbf\u00e4\u00f6: \u4e2d\u6587\r\nb:\r\n  c: {d: [1, 22]}\n"
                        "e: &x\n  f: 5ms\ng: *x\nh: |\n  text\n\"q\": [\n  1]\n";
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
    const struct sim_tree *root = sim_document_root(document);
    const struct sim_tree *c = sim_tree_get(sim_tree_get(root, "b"), "c");

    check_mark(&root->mark, 1, 1, 2);
    check_mark(&root->key_marks[0], 1, 1, 2);
    check_mark(&root->items[0]->mark, 1, 5, 2);
    check_mark(&sim_tree_get(root, "b")->mark, 3, 3, 1);
    check_mark(&c->mark, 3, 6, 12);
    check_mark(&c->items[0]->mark, 3, 10, 7);
    check_mark(&c->items[0]->items[1]->mark, 3, 14, 2);
    /* An alias stands where its anchor does. */
    check_mark(&sim_tree_get(sim_tree_get(root, "g"), "f")->mark, 5, 6, 3);
    check_mark(&root->key_marks[3], 6, 1, 1);
    check_mark(&sim_tree_get(root, "h")->mark, 7, 4, 1);
    check_mark(&root->key_marks[5], 9, 1, 3);
    check_mark(&root->items[5]->mark, 9, 6, 1);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}
END_TEST

START_TEST(merge_keys)
{
    expect_tree("a: &a {x: 1, y: 1}\n"
                "b: &b {y: 2, z: 2}\n"
                "one: {<<: *a, y: 9}\n"
                "two: {z: 9, <<: [*b, *a], w: 9}\n"
                "inline: {<<: {x: 5}, y: 6}\n"
                "text: {\"<<\": *a}\n"
                "deep: {<<: &c {<<: *a, q: 1}}\n",
                "a:\n  x: 1\n  y: 1\n"
                "b:\n  y: 2\n  z: 2\n"
                "one:\n  x: 1\n  y: 9\n"
                "two:\n  z: 9\n  y: 2\n  x: 1\n  w: 9\n"
                "inline:\n  x: 5\n  y: 6\n"
                "text:\n  \"<<\":\n    x: 1\n    y: 1\n"
                "deep:\n  x: 1\n  y: 1\n  q: 1\n");
    expect_errors("a: {<<: 5, b: 1}\n",
                  "x.yaml:1:9: error: '<<' merges a mapping or a list of mappings\n"
                  "    1 | a: {<<: 5, b: 1}\n"
                  "      |         ^ write <<: *name or <<: [*one, *other]\n");
    expect_errors("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n",
                  "x.yaml:2:13: error: the key '<<' stands here a second time\n"
                  "    2 | b: {<<: *a, <<: *a}\n"
                  "      |             ^~ list them: <<: [*a, *b]\n"
                  "x.yaml:2:5: note: '<<' stands here first\n");
}
END_TEST

START_TEST(aliases)
{
    expect_tree("a: &x 5ms\nb: *x\nc: &x 6ms\nd: [*x, *x]\n&k e: *k\n",
                "a: 5ms\nb: 5ms\nc: 6ms\nd:\n  - 6ms\n  - 6ms\ne: e\n");
    expect_errors("a: &store 5ms\nb: *stroe\n",
                  "x.yaml:2:4: error: no anchor '&stroe' stands before this alias\n"
                  "    2 | b: *stroe\n"
                  "      |    ^~~~~~ did you mean '*store'?\n");
    expect_errors("a: &x [*x]\n", "x.yaml:1:8: error: this alias stands inside of what it names\n"
                                  "    1 | a: &x [*x]\n"
                                  "      |        ^~\n");
}
END_TEST

/* All of them, in one pass, each with the place of the first. */
START_TEST(duplicate_keys)
{
    struct sim_document_options options = options_of();
    const char text[] = "a: 1\nb: {c: 1, d: 2, 'c': 3}\na: 2\n";

    expect(text, strlen(text), &options, "a: 1\nb:\n  c: 1\n  d: 2\n",
           "x.yaml:2:17: error: the key 'c' stands here a second time\n"
           "    2 | b: {c: 1, d: 2, 'c': 3}\n"
           "      |                 ^~~\n"
           "x.yaml:2:5: note: 'c' stands here first\n"
           "x.yaml:3:1: error: the key 'a' stands here a second time\n"
           "    3 | a: 2\n"
           "      | ^\n"
           "x.yaml:1:1: note: 'a' stands here first\n");
}
END_TEST

static const struct {
    const char *text;
    size_t length; /* 0: up to the NUL */
    const char *expected;
} refused[] = {
    { "", 0, "x.yaml:1:1: error: there is nothing in this file" },
    { "# only a comment\n", 0, "there is nothing in this file" },
    { "---\n", 0, "there is nothing in this file" },
    { "\xef\xbb\xbf", 0, "there is nothing in this file" },
    { "- a\n- b\n", 0, "x.yaml:1:1: error: a scenario is a mapping of keys to values, not a list" },
    { "text\n", 0, "not a text" },
    { "a: 1\n---\nb: 2\n", 0, "x.yaml:2:1: error: a second document begins here" },
    { "a: 1\n...\n---\nb: 2\n", 0, "x.yaml:3:1: error: a second document" },
    { "a:\n\tb: 1\n", 0, "YAML is indented with spaces, not with tabs" },
    { "a:\n  b: 1\n\tc: 1\n", 0, "with spaces, not with tabs" },
    { "a: @b\n", 0, "x.yaml:1:4: error: found character that cannot start any token" },
    { "a: `b`\n", 0, "quote a text that begins like this" },
    { "a: b: c\n", 0, "x.yaml:1:5: error: mapping values are not allowed in this context" },
    { "a: [1, 2\nb: 3\n", 0, "x.yaml:2:" },
    { "a: {b: 1\n", 0, "is a comma or the closing brace missing?" },
    { "a: \"b\n", 0, "is the closing quote missing?" },
    { "a: 1\n b: 2\n", 0, "x.yaml:2:" },
    { "a:\n  b: 1\n c: 2\n", 0, "x.yaml:3:2: error: did not find expected key" },
    { "a: \"\\q\"\n", 0, "single quotes take a backslash as it is" },
    { "a\0b: 1\n", 7, "x.yaml:1:2: error: a NUL byte is not text" },
    { "a: \"b\\0c\"\n", 0, "x.yaml:1:4: error: a text cannot hold the character \\0" },
    { "\"a\\0\": 1\n", 0, "a text cannot hold the character \\0" },
    { "a: \xff\n", 0, "x.yaml:1:4: error: this is not UTF-8" },
    { "\u00e4: \xc3(\n", 0, "x.yaml:1:4: error: this is not UTF-8" },
    { "\xff\xfe\x61\0", 4, "this is UTF-16" },
    { "\xfe\xff\0\x61", 4, "this is UTF-16" },
    { "a: b\x07\n", 0, "x.yaml:1:5: error: control characters are not allowed" },
    { "a: b\x7f\n", 0, "control characters are not allowed" },
    { "a: 1\r\nb: c\u2028d\n", 0, "x.yaml:2:5: error: only some readers of YAML" },
    { "a: b\xc2\x85\n", 0, "only some readers of YAML" },
    { "a: \xef\xbb\xbf", 0, "x.yaml:1:4: error: a byte order mark within the text" },
    { "a: !!int 5\n", 0, "x.yaml:1:4: error: tags such as 'tag:yaml.org,2002:int' are not read" },
    { "a: !own 5\n", 0, "tags such as '!own' are not read" },
    { "a: !!map {b: 1}\n", 0, "tags such as" },
    { "a: !!seq [b]\n", 0, "tags such as" },
    { "a: !x!y z\n", 0, "write the value without its tag" },
    { "[a]: 1\n", 0, "x.yaml:1:1: error: a key has to be a plain text" },
    { "{a: 1}: 1\n", 0, "a key has to be a plain text" },
    { "? [a, b]\n: 1\n", 0, "a key has to be a plain text" },
    { "a: &x 1\n*x : 2\n", 0, "a key has to be a plain text" },
    { "{? : 1}\n", 0, "a key is missing here" },
    { "\"\": 1\n", 0, "a key is missing here" },
    { "a: *b\n", 0, "no anchor '&b' stands before this alias" },
};

START_TEST(refusals)
{
    size_t length = refused[_i].length;

    expect_refusal(refused[_i].text, length ? length : strlen(refused[_i].text),
                   refused[_i].expected);
}
END_TEST

START_TEST(message_of_libyaml_with_its_context)
{
    expect_errors("a:\n  b: [1,\n  2\nc: 3\n",
                  "x.yaml:4:2: error: did not find expected ',' or ']' while parsing a flow "
                  "sequence\n"
                  "    4 | c: 3\n"
                  "      |  ^ is a comma or the closing bracket missing?\n"
                  "x.yaml:2:6: note: which begins here\n");
}
END_TEST

/* -- limits ------------------------------------------------------------------------------------ */

/* A text of COUNT times PART between BEFORE and AFTER. */
static char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    size_t first = strlen(before), each = strlen(part);
    char *text = malloc(first + each * count + strlen(after) + 1), *at = text + first;

    memcpy(text, before, first);
    for (size_t i = 0; i < count; i++, at += each)
        memcpy(at, part, each);
    memcpy(at, after, strlen(after) + 1);
    return text;
}

static void refuse_repeated(const char *before, const char *part, size_t count, const char *after,
                            const char *expected)
{
    char *text = repeated(before, part, count, after);

    expect_refusal(text, strlen(text), expected);
    free(text);
}

static void accept_repeated(const char *before, const char *part, size_t count, const char *after)
{
    char *text = repeated(before, part, count, after);
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);

    ck_assert_uint_eq(sim_diagnostics_errors(d), 0);
    ck_assert_ptr_nonnull(sim_document_root(document));
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(text);
}

START_TEST(limits)
{
    /* the root and 63 lists are 64 levels */
    accept_repeated("a: ", "[", 63,
                    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n");
    refuse_repeated("a: ", "[", 64, "", "nested deeper than 64 levels");
    refuse_repeated("a: ", "[", 1 << 20, "", "nested deeper than 64 levels");
    refuse_repeated("a: ", "{b: ", 1 << 18, "", "nested deeper than 64 levels");
    accept_repeated("a:\n", "- 1\n", 99998, "");
    refuse_repeated("a:\n", "- 1\n", 99999, "",
                    "more than 100000 values (aliases count each time)");
    refuse_repeated("a: ", "x", 8 << 20, "", "x.yaml:1:1: error: more than 8 MiB of text");
    refuse_repeated("a: [", "&x 1,", 1001, "]", "more than 1000 anchors");
    accept_repeated("a: [", "&x 1,", 1000, "]");
    accept_repeated("", "k", 128, ": 1\n");
    refuse_repeated("", "k", 129, ": 1\n", "a key of more than 128 characters");
    /* an alias brings its depth and its text along */
    refuse_repeated("a: &x [[[1]]]\nb: ", "[", 60, "*x",
                    "nested deeper than 64 levels with this alias");
}
END_TEST

START_TEST(billion_laughs)
{
    char text[2048];
    size_t used = 0;

    used += (size_t)snprintf(text, sizeof text, "a0: &a0 lol\n");
    for (int i = 1; i <= 9; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            used += (size_t)snprintf(text + used, sizeof text - used, "*a%d%s", i - 1,
                                     j < 9 ? ", " : "]\n");
    }
    expect_refusal(text, strlen(text),
                   "x.yaml:6:45: error: more than 100000 values (aliases count each time)");
    /* the same with long texts instead of many nodes */
    {
        char *heavy = repeated("a: &a ", "x", 1 << 20, "\nb: [");
        char *laugh = repeated(heavy, "*a,", 70, "]\n");

        expect_refusal(laugh, strlen(laugh), "more than 64 MiB of text (aliases count each time)");
        free(heavy);
        free(laugh);
    }
}
END_TEST

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
    char *out = buffer[turn++ % TEXTS];

    ck_assert_msg(at, "'%s' is not in:\n%s", before, text);
    snprintf(out, sizeof buffer[0], "%.*s%s%s", (int)(at - text), text, after, at + strlen(before));
    return out;
}

static void expect_sets(const char *tree, const char *errors, const char *const *sets)
{
    struct sim_document_options options = options_of();

    options.sets = sets;
    expect(base, strlen(base), &options, tree, errors);
}

#define SETS(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
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
    struct sim_document_options options = options_of();
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
    struct sim_document_options options = options_of();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    const struct sim_tree *root;
    char *found, *errors;

    options.variant = variant;
    options.fails_with = fails;
    options.sets = given;
    document = sim_document_parse("x.yaml", varied, strlen(varied), &options, d);
    errors = printed_errors(d);
    ck_assert_str_eq(errors, "");
    root = sim_document_root(document);
    found = printed_tree(sim_tree_get(sim_tree_get(root, "nodes"), "store"));
    ck_assert_str_eq(found, nodes);
    free(found);
    found = printed_tree(sim_tree_get(root, "network"));
    ck_assert_str_eq(found, network);
    free(found);
    ck_assert_ptr_nonnull(sim_tree_get(root, "variants"));
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
    struct sim_document_options options = options_of();

    options.variant = variant;
    options.fails_with = strcmp(variant, "!fails") == 0;
    if (options.fails_with)
        options.variant = NULL;
    expect(text, strlen(text), &options, NULL, errors);
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
    char *errors = printed_errors(d);

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
    struct sim_document_options options = options_of();
    const char text[] = "matrix:\n"
                        "  a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
                        "  d: [0, 1]\n";

    expect(text, strlen(text), &options, NULL,
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
                      "x.yaml:3:31: error: 'nodes.store.count' is a single value: there is no 'y' "
                      "in it\n"
                      "    3 |   a: {nodes.store.count.x: 1, \"nodes.store.count.y\": 1}\n"
                      "      |                               ^~~~~~~~~~~~~~~~~~~~~\n");
    expect_no_variant(text, "!fails",
                      "x.yaml:6:3: error: there is no list 'faults'\n"
                      "    6 |   faults[0].at: 1\n"
                      "      |   ^~~~~~\n");
}
END_TEST

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
    char *wrong = printed_errors(d), *found = printed_tree(sim_document_root(document));

    ck_assert_str_eq(wrong, errors);
    ck_assert_str_eq(found, tree);
    free(wrong);
    free(found);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
}

static void expect_file(const char *path, const char *tree, const char *errors)
{
    struct sim_document_options options = options_of();

    options.path = path;
    expect_load(&options, tree, errors);
}

START_TEST(includes)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document_options options = options_of();
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
        struct sim_document_options options = options_of();
        struct sim_diagnostics *d = sim_diagnostics_create();
        struct sim_document *document;
        char *errors;

        options.path = "link.yaml";
        document = sim_document_load(&options, d);
        errors = printed_errors(d);
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
    char *text = repeated("include: [b.yaml", ", b.yaml", 70, "]\n");
    struct sim_document_options options = options_of();
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document;
    char *errors;

    write_file("a.yaml", text);
    write_file("b.yaml", "a: 1\n");
    options.path = "a.yaml";
    document = sim_document_load(&options, d);
    errors = printed_errors(d);
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
    struct sim_document_options options = options_of();

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
    struct sim_document_options options = options_of();

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

/* Many overrides of a large mapping are refused before they fill the memory. */
START_TEST(overrides_are_bounded)
{
    struct sim_document_options options = options_of();
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
    errors = printed_errors(d);
    ck_assert_msg(strstr(errors, "more than 4000000 copied keys"), "%s", errors);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(errors);
    free(text);
}
END_TEST

/* What is printed reads back as the same, whatever the texts are. */
START_TEST(printing_reads_back)
{
    static const char *const texts[] = {
        "a",       "",        "~",           "null",        "true",  "5",     "-5",       "--5",
        "-",       "- a",     "?",           "? a",         "a: b",  "a:",    ":a",       "a #b",
        "a#b",     "#a",      "[a",          "{a",          "a]",    "&a",    "*a",       "!a",
        "|",       ">",       "'a",          "\\\"a",       "%a",    "@a",    "`a",       " a",
        "a ",      "a\\nb",   "a\\n",        "\\n",         "\\ta",  "a\\tb", "---",      "...",
        "<<",      "=",       "\\e",         "\\x01",       "\\x7f", "\\N",   "\\L",      "\\_",
        "\\uFEFF", "\\uFFFE", "\\U0001F600", "\\U0010FFFF", "a, b",  "a,b",   "1ms..3ms", "\\\\",
        "\u4e2d",  "a: b: c", "x::y",        "a  b",
    };
    char text[4096];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sim_diagnostics *d = sim_diagnostics_create();
        struct sim_document *document;
        char *errors;

        snprintf(
            text, sizeof text,
            "\"%s%s\": \"%s\"\nb: [\"%s\", [\"%s\", []], {}, {\"%s%s\": {}}, [[{c: \"%s\"}]]]\n",
            texts[i], texts[i][0] ? "" : "k", texts[i], texts[i], texts[i], texts[i],
            texts[i][0] ? "" : "k", texts[i]);
        document = sim_document_parse("x.yaml", text, strlen(text), NULL, d);
        errors = printed_errors(d);
        ck_assert_str_eq(errors, "");
        expect_round_trip(sim_document_root(document));
        free(errors);
        sim_document_destroy(document);
        sim_diagnostics_destroy(d);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tree");
    TCase *yaml = tcase_create("yaml"), *override = tcase_create("override"),
          *files = tcase_create("files");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(yaml, scalars_stay_text);
    tcase_add_test(yaml, marks_count_characters_from_one);
    tcase_add_test(yaml, merge_keys);
    tcase_add_test(yaml, aliases);
    tcase_add_test(yaml, duplicate_keys);
    tcase_add_loop_test(yaml, refusals, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(yaml, message_of_libyaml_with_its_context);
    tcase_add_test(yaml, limits);
    tcase_add_test(yaml, billion_laughs);
    tcase_add_test(yaml, printing_reads_back);
    suite_add_tcase(suite, yaml);
    tcase_add_test(override, sets);
    tcase_add_test(override, changing_the_model_drops_keys_of_the_old_one);
    tcase_add_test(override, wrong_sets);
    tcase_add_test(override, set_values_know_their_place);
    tcase_add_test(override, variants);
    tcase_add_test(override, matrix);
    tcase_add_test(override, unknown_variants);
    tcase_add_loop_test(override, malformed_variants, 0, sizeof malformed / sizeof malformed[0]);
    tcase_add_test(override, matrices_are_bounded);
    tcase_add_test(override, wrong_overrides_point_at_their_key);
    tcase_add_test(override, overrides_are_bounded);
    suite_add_tcase(suite, override);
    tcase_add_checked_fixture(files, enter_folder, leave_folder);
    tcase_add_test(files, includes);
    tcase_add_test(files, wrong_includes);
    tcase_add_test(files, cycles_of_includes);
    tcase_add_test(files, too_many_files);
    tcase_add_test(files, precedence);
    tcase_add_test(files, overlays_change_the_model_too);
    tcase_add_test(files, from_standard_input);
    suite_add_tcase(suite, files);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
