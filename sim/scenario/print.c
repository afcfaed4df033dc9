/* print.c - a tree as YAML that reads back as the same tree. */
#include "sim/scenario/document.h"
#include "sim/scenario/utf8.h"

#include <inttypes.h>
#include <string.h>

bool sim_tree_is_plain(const char *text)
{
    size_t length = strlen(text);
    char before = ' ';

    if (length == 0 || text[0] == ' ' || text[length - 1] == ' ' || text[length - 1] == ':')
        return false;
    if (strchr("?:,[]{}#&*!|>'\"%@`", text[0]) || strncmp(text, "...", 3) == 0)
        return false;
    if (text[0] == '-' && (text[1] == '\0' || text[1] == ' ' || text[1] == '-'))
        return false;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t bytes = sim_utf8_next(text + at, length - at, &code);

        if (!sim_utf8_is_visible(code))
            return false;
        if ((text[at] == ':' && text[at + 1] == ' ') || (text[at] == '#' && before == ' '))
            return false;
        before = text[at];
        at += bytes;
    }
    return true;
}

/* Keys are text whether they look like it or not, but some would mean something without quotes. */
static bool is_plain_key(const char *key)
{
    return sim_tree_is_plain(key) && strcmp(key, "<<") != 0 && !strchr(key, ':');
}

static void print_quoted(const char *text, FILE *file)
{
    size_t length = strlen(text);

    fputc('"', file);
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t bytes = sim_utf8_next(text + at, length - at, &code);

        if (code == '"' || code == '\\')
            fprintf(file, "\\%c", (char)code);
        else if (code == '\n')
            fputs("\\n", file);
        else if (code == '\t')
            fputs("\\t", file);
        else if (sim_utf8_is_visible(code))
            fwrite(text + at, 1, bytes, file);
        else if (code <= 0xffff)
            fprintf(file, "\\u%04" PRIX32, code);
        else if (code != SIM_UTF8_INVALID)
            fprintf(file, "\\U%08" PRIX32, code);
        else
            fputs("\\uFFFD", file);
        at += bytes;
    }
    fputc('"', file);
}

static void print_key(const char *key, FILE *file)
{
    if (is_plain_key(key))
        fputs(key, file);
    else
        print_quoted(key, file);
    fputc(':', file);
}

static void print_scalar(const struct sim_tree *tree, FILE *file)
{
    if (tree->quoted || (tree->text[0] != '\0' && !sim_tree_is_plain(tree->text)))
        print_quoted(tree->text, file);
    else
        fputs(tree->text, file);
}

static void print_indent(unsigned indent, FILE *file)
{
    fprintf(file, "%*s", (int)indent, "");
}

/* The items of a collection that is not empty; the first line is indented already if STARTED. */
static void print_items(const struct sim_tree *tree, unsigned indent, bool started, FILE *file)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct sim_tree *item = tree->items[i];
        bool inner = item->kind != SIM_SCALAR && item->count > 0;

        if (i > 0 || !started)
            print_indent(indent, file);
        if (tree->kind == SIM_MAPPING)
            print_key(tree->keys[i], file);
        else
            fputc('-', file);
        if (inner && tree->kind == SIM_SEQUENCE) {
            fputc(' ', file);
            print_items(item, indent + 2, true, file);
            continue;
        }
        if (inner) {
            fputc('\n', file);
            print_items(item, indent + 2, false, file);
            continue;
        }
        if (item->kind == SIM_SCALAR && (item->quoted || item->text[0] != '\0')) {
            fputc(' ', file);
            print_scalar(item, file);
        } else if (item->kind != SIM_SCALAR) {
            fputs(item->kind == SIM_MAPPING ? " {}" : " []", file);
        }
        fputc('\n', file);
    }
}

void sim_tree_print(const struct sim_tree *tree, FILE *file)
{
    if (tree->kind == SIM_SCALAR)
        print_scalar(tree, file);
    else if (tree->count == 0)
        fputs(tree->kind == SIM_MAPPING ? "{}" : "[]", file);
    else
        print_items(tree, 0, false, file);
    if (tree->kind == SIM_SCALAR || tree->count == 0)
        fputc('\n', file);
}

/* -- on one line ------------------------------------------------------------------------------- */

static bool is_plain_in_flow(const char *text)
{
    return sim_tree_is_plain(text) && !strpbrk(text, ",[]{}:#");
}

void sim_tree_print_flow(const struct sim_tree *tree, FILE *file)
{
    if (tree->kind == SIM_SCALAR) {
        if (!tree->quoted && tree->text[0] == '\0')
            fputs("null", file);
        else if (tree->quoted || !is_plain_in_flow(tree->text))
            print_quoted(tree->text, file);
        else
            fputs(tree->text, file);
        return;
    }
    fputc(tree->kind == SIM_MAPPING ? '{' : '[', file);
    for (uint32_t i = 0; i < tree->count; i++) {
        fputs(i == 0 ? "" : ", ", file);
        if (tree->kind == SIM_MAPPING) {
            if (is_plain_key(tree->keys[i]) && is_plain_in_flow(tree->keys[i]))
                fputs(tree->keys[i], file);
            else
                print_quoted(tree->keys[i], file);
            fputs(": ", file);
        }
        sim_tree_print_flow(tree->items[i], file);
    }
    fputc(tree->kind == SIM_MAPPING ? '}' : ']', file);
}
