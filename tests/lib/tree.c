#define _POSIX_C_SOURCE 200809L
#include "tests/lib/tree.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool model_has_key(const void *context, const char *model, const char *key)
{
    ck_assert_str_eq(context, "catalogue");
    if (strcmp(model, "raft") == 0)
        return strcmp(key, "heartbeat") == 0 || strcmp(key, "timeout") == 0;
    if (strcmp(model, "primary") == 0)
        return strcmp(key, "replication") == 0 || strcmp(key, "timeout") == 0;
    return false;
}

struct sim_document_options tree_options(void)
{
    return (struct sim_document_options){ .model_has_key = model_has_key, .context = "catalogue" };
}

char *tree_printed(const struct sim_tree *tree)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    if (tree)
        sim_tree_print(tree, file);
    fclose(file);
    return text;
}

char *tree_errors(const struct sim_diagnostics *d)
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

void tree_expect_round_trip(const struct sim_tree *tree)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document_options none = { 0 };
    char *text = tree_printed(tree), *errors;
    struct sim_document *again = sim_document_parse("printed", text, strlen(text), &none, d);

    errors = tree_errors(d);
    ck_assert_msg(sim_document_root(again), "%s\n%s", text, errors);
    ck_assert_msg(same(tree, sim_document_root(again)), "%s", text);
    free(text);
    free(errors);
    sim_document_destroy(again);
    sim_diagnostics_destroy(d);
}

void tree_expect_parse(const char *text, size_t length, const struct sim_document_options *options,
                       const char *tree, const char *errors)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, length, options, d);
    char *wrong = tree_errors(d);

    ck_assert_str_eq(wrong, errors);
    if (tree) {
        char *found = tree_printed(sim_document_root(document));

        ck_assert_str_eq(found, tree);
        free(found);
        if (sim_document_root(document))
            tree_expect_round_trip(sim_document_root(document));
    }
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(wrong);
}

void tree_expect(const char *text, const char *tree)
{
    struct sim_document_options options = tree_options();

    tree_expect_parse(text, strlen(text), &options, tree, "");
}

void tree_expect_errors(const char *text, const char *errors)
{
    struct sim_document_options options = tree_options();

    tree_expect_parse(text, strlen(text), &options, NULL, errors);
}

void tree_expect_refusal(const char *text, size_t length, const char *expected)
{
    struct sim_diagnostics *d = sim_diagnostics_create();
    struct sim_document *document = sim_document_parse("x.yaml", text, length, NULL, d);
    char *wrong = tree_errors(d);

    ck_assert_msg(strstr(wrong, expected), "'%s' is not in:\n%s", expected, wrong);
    ck_assert_ptr_null(sim_document_root(document));
    ck_assert_uint_eq(sim_diagnostics_errors(d), 1);
    sim_document_destroy(document);
    sim_diagnostics_destroy(d);
    free(wrong);
}

char *tree_repeated(const char *before, const char *part, size_t count, const char *after)
{
    size_t first = strlen(before), each = strlen(part);
    char *text = malloc(first + each * count + strlen(after) + 1), *at = text + first;

    memcpy(text, before, first);
    for (size_t i = 0; i < count; i++, at += each)
        memcpy(at, part, each);
    memcpy(at, after, strlen(after) + 1);
    return text;
}
