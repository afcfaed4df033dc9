/* override.c - paths such as nodes.store.count or faults[0].at, and what is laid on a scenario by
 * them. */
#include "sim/scenario/document.h"
#include "sim/scenario/utf8.h"

#include <string.h>

enum { STEPS_MAX = 32 };

struct step {
    const char *name; /* NULL: an index */
    uint32_t index;
    struct sim_mark mark;
};

struct path {
    struct step steps[STEPS_MAX];
    size_t count;
};

/* One value on its way to its place. */
struct laying {
    struct sim_document *document;
    const struct path *path;
    struct sim_tree *value;
};

/* -- reading paths ----------------------------------------------------------------------------- */

static bool refuse_path(struct sim_document *document, const struct sim_mark *mark,
                        const char *text, size_t length, const char *why)
{
    sim_diagnostics_error(document->diagnostics, SIM_WRONG_SYNTAX, mark,
                          "a path is written nodes.store.count or faults[0].at", "'%.*s' %s",
                          (int)(length < 200 ? length : 200), text, why);
    return false;
}

/* The number in brackets at *AT; false if it is none. */
static bool read_index(const char **at, const char *end, uint32_t *index)
{
    const char *p = *at + 1;
    uint32_t value = 0;

    if (p == end || *p < '0' || *p > '9')
        return false;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint32_t)(*p - '0');
        if (value > SIM_YAML_NODES_MAX)
            return false;
    }
    if (p == end || *p != ']')
        return false;
    *at = p + 1;
    *index = value;
    return true;
}

/* Cuts LENGTH bytes of TEXT, which stand at MARK, into steps. False if that cannot be; REPORT says
 * why. */
static bool read_path(struct sim_document *document, const char *text, size_t length,
                      const struct sim_mark *mark, bool report, struct path *path)
{
    const char *at = text, *end = text + length;
    /* Each step is marked on its own, unless quotes or escapes make the text another than what is
     * seen. */
    bool exact = mark->length == sim_utf8_count(text, length);

    path->count = 0;
    for (;;) {
        const char *begin = at;
        struct step step = { .mark = *mark };

        while (at < end && *at != '.' && *at != '[')
            at++;
        if (at == begin)
            return report && refuse_path(document, mark, text, length,
                                         length == 0 ? "is no path" : "has an empty step");
        if (sim_utf8_count(begin, (size_t)(at - begin)) > SIM_YAML_KEY_MAX)
            return report &&
                   refuse_path(document, mark, text, length, "has a step that is too long");
        step.name = sim_document_format(document, "%.*s", (int)(at - begin), begin);
        if (exact) {
            step.mark.column += (uint32_t)sim_utf8_count(text, (size_t)(begin - text));
            step.mark.length = (uint32_t)sim_utf8_count(begin, (size_t)(at - begin));
        }
        do {
            if (path->count == STEPS_MAX)
                return report &&
                       refuse_path(document, mark, text, length, "has more than 32 steps");
            path->steps[path->count++] = step;
            step.name = NULL;
        } while (at < end && *at == '[' && read_index(&at, end, &step.index));
        if (at == end)
            return true;
        if (*at != '.')
            return report &&
                   refuse_path(document, mark, text, length, "has no number in its brackets");
        at++;
    }
}

/* The first COUNT steps as they are written. */
static const char *path_text(struct sim_document *document, const struct path *path, size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        const struct step *step = &path->steps[i];

        text = step->name
                   ? sim_document_format(document, "%s%s%s", text, i > 0 ? "." : "", step->name)
                   : sim_document_format(document, "%s[%u]", text, step->index);
    }
    return text;
}

/* Such an override goes first, so that it drops no key that another one sets. */
static bool changes_model(const struct path *path)
{
    return path->count == 3 && path->steps[1].name && path->steps[2].name &&
           strcmp(path->steps[0].name, "nodes") == 0 && strcmp(path->steps[2].name, "model") == 0;
}

/* -- laying a value ---------------------------------------------------------------------------- */

static struct sim_tree *lay(const struct laying *l, struct sim_tree *node,
                            const struct sim_tree *parent, size_t step, enum sim_part part);

/* TREE with another item at POSITION. */
static struct sim_tree *with_item(struct sim_document *document, const struct sim_tree *tree,
                                  size_t position, struct sim_tree *item)
{
    struct sim_tree *copy = sim_document_alloc(document, sizeof *copy);

    *copy = *tree;
    copy->items = sim_document_alloc(document, tree->count * sizeof *copy->items);
    memcpy(copy->items, tree->items, tree->count * sizeof *copy->items);
    document->copied += tree->count;
    copy->items[position] = item;
    return copy;
}

static struct sim_tree *with_key_mark(struct sim_document *document, struct sim_tree *tree,
                                      size_t position, const struct sim_mark *mark)
{
    struct sim_mark *marks = sim_document_alloc(document, tree->count * sizeof *marks);

    memcpy(marks, tree->key_marks, tree->count * sizeof *marks);
    marks[position] = *mark;
    tree->key_marks = marks;
    return tree;
}

static struct sim_tree *refuse_step(const struct laying *l, const struct sim_tree *node,
                                    const struct sim_tree *parent, size_t step)
{
    struct sim_document *document = l->document;
    const struct step *s = &l->path->steps[step];
    const char *above = path_text(document, l->path, step), *hint = NULL;

    if (node->kind == SIM_SEQUENCE && s->name) {
        hint = sim_document_format(document, "name an entry: %s[0]", above);
    } else if (node->kind == SIM_SCALAR && s->name && parent && parent->kind == SIM_MAPPING) {
        const char **keys = sim_document_alloc(document, (parent->count + 1) * sizeof *keys);
        const char *near;

        memcpy(keys, parent->keys, parent->count * sizeof *keys);
        near = sim_nearest(s->name, keys);
        if (near)
            hint = sim_document_format(document, "did you mean '%s%s%s'?",
                                       path_text(document, l->path, step - 1), step > 1 ? "." : "",
                                       near);
    }
    if (!s->name && node->kind == SIM_SEQUENCE && node->count == 0)
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, &s->mark, NULL,
                              "'%s' is an empty list", above);
    else if (!s->name && node->kind == SIM_SEQUENCE)
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, &s->mark, NULL,
                              "'%s' has no entry %u: it ends with %s[%u]", above, s->index, above,
                              node->count - 1);
    else
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, &s->mark, hint,
                              s->name ? "'%s' is %s: there is no '%s' in it"
                                      : "'%s' is %s: it has no entries%s",
                              above,
                              node->kind == SIM_SCALAR     ? "a single value"
                              : node->kind == SIM_SEQUENCE ? "a list"
                                                           : "a mapping",
                              s->name ? s->name : "");
    return NULL;
}

static struct sim_tree *lay_in_list(const struct laying *l, struct sim_tree *node,
                                    const struct sim_tree *parent, size_t step)
{
    uint32_t index = l->path->steps[step].index;
    struct sim_tree *item;

    if (node->kind != SIM_SEQUENCE || index >= node->count)
        return refuse_step(l, node, parent, step);
    item = lay(l, node->items[index], node, step + 1, SIM_PART_OTHER);
    return item ? with_item(l->document, node, index, item) : NULL;
}

/* A mapping with the one key of STEP. */
static struct sim_tree *lay_anew(const struct laying *l, size_t step)
{
    const struct step *s = &l->path->steps[step];
    struct sim_builder builder = { 0 };
    struct sim_tree *item;

    if (!s->name) {
        sim_diagnostics_error(l->document->diagnostics, SIM_WRONG_REFERENCE, &s->mark, NULL,
                              "there is no list '%s'", path_text(l->document, l->path, step));
        return NULL;
    }
    item = lay(l, NULL, NULL, step + 1, SIM_PART_OTHER);
    if (!item)
        return NULL;
    sim_builder_add(&builder, s->name, &s->mark, item);
    return sim_builder_finish(&builder, l->document, &s->mark);
}

/* Keys may hold dots themselves (`app.read`): the longest one that is there is meant. Sets USED to
 * the steps that it takes; SIZE_MAX if there is none. */
static size_t find_longest(const struct laying *l, const struct sim_tree *node, size_t step,
                           size_t *used)
{
    const struct path *path = l->path;
    size_t names = 0;

    while (step + names < path->count && path->steps[step + names].name)
        names++;
    for (; names > 0; names--) {
        const char *key = path->steps[step].name;

        for (size_t i = 1; i < names; i++)
            key = sim_document_format(l->document, "%s.%s", key, path->steps[step + i].name);
        for (uint32_t i = 0; i < node->count; i++) {
            if (strcmp(node->keys[i], key) == 0) {
                *used = names;
                return i;
            }
        }
    }
    return SIZE_MAX;
}

static struct sim_tree *lay_in_mapping(const struct laying *l, struct sim_tree *node, size_t step,
                                       enum sim_part part);

/* A step into a mapping that was merged is one into what was laid on it last, too. */
static struct sim_tree *lay_over(const struct laying *l, const struct sim_tree *node, size_t step,
                                 enum sim_part part)
{
    for (size_t i = step; i < l->path->count; i++) {
        if (!l->path->steps[i].name) /* of a list that may not be there */
            return NULL;
    }
    return node->over && node->over->kind == SIM_MAPPING ? lay_in_mapping(l, node->over, step, part)
                                                         : NULL;
}

static struct sim_tree *lay_in_mapping(const struct laying *l, struct sim_tree *node, size_t step,
                                       enum sim_part part)
{
    struct sim_document *document = l->document;
    const struct step *s = &l->path->steps[step];
    size_t used = 0, position = find_longest(l, node, step, &used);
    bool last = step + used == l->path->count;
    struct sim_tree *item, *fresh;

    if (position == SIZE_MAX || (last && part == SIM_PART_GROUP && strcmp(s->name, "model") == 0)) {
        fresh = lay_anew(l, step);
        if (!fresh)
            return NULL;
        fresh = sim_tree_merge(document, node, fresh, part, false);
        fresh->over = lay_over(l, node, step, part);
        return fresh;
    }
    item =
        lay(l, node->items[position], node, step + used, sim_part_of(part, node->keys[position]));
    if (!item)
        return NULL;
    fresh = with_item(document, node, position, item);
    fresh->over = lay_over(l, node, step, part);
    return item == l->value ? with_key_mark(document, fresh, position, &s->mark) : fresh;
}

/* NODE (NULL: nothing is there) with the value laid on it from STEP on; NULL after an error. */
static struct sim_tree *lay(const struct laying *l, struct sim_tree *node,
                            const struct sim_tree *parent, size_t step, enum sim_part part)
{
    if (step == l->path->count)
        return node ? sim_tree_merge(l->document, node, l->value, part, false) : l->value;
    if (!node || (sim_tree_is_null(node) && l->path->steps[step].name))
        return lay_anew(l, step);
    if (!l->path->steps[step].name)
        return lay_in_list(l, node, parent, step);
    if (node->kind != SIM_MAPPING)
        return refuse_step(l, node, parent, step);
    return lay_in_mapping(l, node, step, part);
}

static struct sim_tree *lay_path(struct sim_document *document, struct sim_tree *root,
                                 const struct path *path, struct sim_tree *value)
{
    struct laying l = { document, path, value };
    struct sim_tree *laid;

    if (strcmp(path->steps[0].name, "include") == 0) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_MEANING, &path->steps[0].mark,
                              "--overlay adds a file",
                              "files are included before anything is overridden");
        return root;
    }
    if (document->copied > SIM_OVERRIDE_COPIES_MAX) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SYNTAX, &path->steps[0].mark, NULL,
                              "too many overrides of too large mappings: more than %d copied keys",
                              SIM_OVERRIDE_COPIES_MAX);
        return root;
    }
    laid = lay(&l, root, NULL, 0, SIM_PART_ROOT);
    return laid ? laid : root;
}

/* -- who overrides ----------------------------------------------------------------------------- */

struct sim_tree *sim_override_mapping(struct sim_document *document, struct sim_tree *root,
                                      const struct sim_tree *mapping)
{
    struct path path;

    for (int models = 1; models >= 0; models--) {
        for (uint32_t i = 0; i < mapping->count; i++) {
            const char *key = mapping->keys[i];

            if (read_path(document, key, strlen(key), &mapping->key_marks[i], models == 0, &path) &&
                changes_model(&path) == (models == 1))
                root = lay_path(document, root, &path, mapping->items[i]);
        }
    }
    return root;
}

static void read_set(struct sim_document *document, const char *text, size_t number,
                     struct sim_override *set)
{
    const char *name = sim_document_format(document, "--set[%zu]", number), *sign;
    struct sim_mark mark = { NULL, 1, 1, 1 };

    set->source = sim_yaml_source(document, name, text, strlen(text));
    mark.source = set->source;
    mark.length = (uint32_t)sim_utf8_count(set->source->text, set->source->length);
    sign = strchr(set->source->text, '=');
    if (!sign) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SYNTAX, &mark,
                              "write --set nodes.store.count=7", "there is no '=' in it");
        return;
    }
    set->path_length = (size_t)(sign - set->source->text);
    set->value = sim_yaml_read_value(document, set->source, set->path_length + 1);
}

struct sim_override *sim_override_read(struct sim_document *document, size_t *count)
{
    const char *const *texts = document->options->sets;
    struct sim_override *sets;

    *count = 0;
    while (texts && texts[*count])
        ++*count;
    sets = sim_document_alloc(document, *count * sizeof *sets);
    for (size_t i = 0; i < *count; i++)
        read_set(document, texts[i], i + 1, &sets[i]);
    return sets;
}

struct sim_tree *sim_override_sets(struct sim_document *document, struct sim_tree *root,
                                   const struct sim_override *sets, size_t count)
{
    struct path path;

    for (int models = 1; models >= 0; models--) {
        for (size_t i = 0; i < count; i++) {
            struct sim_mark mark = { sets[i].source, 1, 1, 1 };
            const char *text = sets[i].source->text;

            if (!sets[i].value)
                continue;
            mark.length = (uint32_t)sim_utf8_count(text, sets[i].path_length);
            if (read_path(document, text, sets[i].path_length, &mark, models == 0, &path) &&
                changes_model(&path) == (models == 1))
                root = lay_path(document, root, &path, sets[i].value);
        }
    }
    return root;
}
