/* variant.c - named variants, and the matrix with the semantics that users know from CI: the
 * product of the axes, then `exclude`, then `include`.
 *
 *   matrix:
 *     nodes.store.count: [3, 5]                   # an axis whose name is the path that it sets
 *     reads:                                      # an axis of named overrides
 *       quorum: {nodes.store.reads: quorum}
 *       lease: {nodes.store.reads: lease, nodes.store.clock.drift: 50ppm}
 *     exclude: [{nodes.store.count: 3, reads: lease}]
 *     include: [{reads: lease, network.loss: 1%}, {nodes.store.count: 7}]
 *
 * An excluding entry removes the cells that have all of its values. An including entry adds its
 * further keys to the cells that have all its values of axes; if there is none, it becomes a cell
 * of its own. The cells are named by their values of the axes: nodes.store.count=3,reads=quorum. */
#include "sim/core/mem.h"
#include "sim/scenario/document.h"

#include <string.h>

struct axis {
    const char *name;
    struct sim_mark mark;
    const struct sim_tree *values; /* a list of scalars, or a mapping from names to overrides */
};

struct cell {
    const char *name;
    const uint32_t *choice;          /* by axis; NULL in a cell that `include` made */
    const struct sim_tree **entries; /* of `include` that added something */
    size_t entry_count, entry_capacity;
};

enum { AXES_MAX = 16, ENTRY_KEYS_MAX = 64 };

struct matrix {
    struct sim_document *document;
    struct axis *axes;
    const char **axis_names; /* NULL-terminated */
    size_t axis_count;
    struct cell *cells;
    size_t cell_count, cell_capacity;
    bool wrong;
};

static void refuse(struct matrix *m, enum sim_diagnostic_kind kind, const struct sim_mark *mark,
                   const char *hint, const char *what)
{
    sim_diagnostics_error(m->document->diagnostics, kind, mark, hint, "%s", what);
    m->wrong = true;
}

/* -- axes -------------------------------------------------------------------------------------- */

static const char *value_text(const struct axis *axis, size_t choice)
{
    return axis->values->kind == SIM_MAPPING ? axis->values->keys[choice]
                                             : axis->values->items[choice]->text;
}

static size_t find_axis(const struct matrix *m, const char *name)
{
    for (size_t i = 0; i < m->axis_count; i++) {
        if (strcmp(m->axes[i].name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* The choice of AXIS that TREE names, or SIZE_MAX. */
static size_t find_choice(const struct axis *axis, const struct sim_tree *tree)
{
    for (size_t i = 0; tree->kind == SIM_SCALAR && i < axis->values->count; i++) {
        if (strcmp(value_text(axis, i), tree->text) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* Whether TEXT can stand in the name of a cell. */
static bool can_name(const char *text)
{
    return text[0] != '\0' && !strpbrk(text, ",=") && strlen(text) <= SIM_YAML_KEY_MAX;
}

static void check_value(struct matrix *m, const struct axis *axis, uint32_t i)
{
    const struct sim_tree *item = axis->values->items[i];
    bool named = axis->values->kind == SIM_MAPPING;
    const struct sim_mark *mark = named ? &axis->values->key_marks[i] : &item->mark;

    if (!named && item->kind != SIM_SCALAR)
        refuse(m, SIM_WRONG_SCHEMA, mark, "give it a name: axis: {name: {path: value}}",
               "a value of an axis is a scalar");
    else if (named && item->kind != SIM_MAPPING && !sim_tree_is_null(item))
        refuse(m, SIM_WRONG_SCHEMA, &item->mark, "write {path: value}",
               "a named value of an axis is a mapping of overrides");
    else if (!can_name(value_text(axis, i)))
        refuse(m, SIM_WRONG_SCHEMA, mark, "give it a name: axis: {name: {path: value}}",
               "the name of a cell cannot hold this value");
    else if (!named && find_choice(axis, item) != i)
        refuse(m, SIM_WRONG_SCHEMA, mark, NULL,
               sim_document_format(m->document, "the axis '%s' has the value '%s' twice",
                                   axis->name, item->text));
}

static void read_axis(struct matrix *m, const char *name, const struct sim_mark *mark,
                      const struct sim_tree *values)
{
    struct axis axis = { name, *mark, values };

    if (m->axis_count == AXES_MAX) {
        refuse(m, SIM_WRONG_SCHEMA, mark, NULL,
               sim_document_format(m->document, "a matrix of more than %d axes", AXES_MAX));
    } else if (!can_name(name)) {
        refuse(m, SIM_WRONG_SCHEMA, mark, NULL, "the name of a cell cannot hold this name");
    } else if (values->kind == SIM_SCALAR || values->count == 0) {
        refuse(m, SIM_WRONG_SCHEMA, &values->mark, "write [3, 5]",
               sim_document_format(m->document, "the axis '%s' needs a list of values", name));
    } else if (values->count > SIM_MATRIX_CELLS_MAX) {
        refuse(m, SIM_WRONG_SCHEMA, mark, NULL,
               sim_document_format(m->document, "an axis of more than %d values",
                                   SIM_MATRIX_CELLS_MAX));
    } else {
        for (uint32_t i = 0; i < values->count && !m->wrong; i++)
            check_value(m, &axis, i);
        m->axes[m->axis_count] = axis;
        m->axis_names[m->axis_count++] = name;
    }
}

static void read_axes(struct matrix *m, const struct sim_tree *tree)
{
    m->axes = sim_document_alloc(m->document, tree->count * sizeof *m->axes);
    m->axis_names = sim_document_alloc(m->document, (tree->count + 1) * sizeof *m->axis_names);
    for (uint32_t i = 0; i < tree->count && !m->wrong; i++) {
        if (strcmp(tree->keys[i], "exclude") != 0 && strcmp(tree->keys[i], "include") != 0)
            read_axis(m, tree->keys[i], &tree->key_marks[i], tree->items[i]);
    }
}

/* -- cells ------------------------------------------------------------------------------------- */

static void add_cell(struct matrix *m, const struct cell *cell)
{
    m->cells = sim_grow(m->cells, &m->cell_capacity, m->cell_count + 1, sizeof *m->cells);
    m->cells[m->cell_count++] = *cell;
}

/* The product, the last axis running fastest. */
static void multiply(struct matrix *m, const struct sim_mark *mark)
{
    size_t count = m->axis_count > 0 ? 1 : 0;

    for (size_t a = 0; a < m->axis_count && count <= SIM_MATRIX_CELLS_MAX; a++)
        count *= m->axes[a].values->count;
    if (count > SIM_MATRIX_CELLS_MAX) {
        refuse(m, SIM_WRONG_SCHEMA, mark, NULL,
               sim_document_format(m->document, "a matrix of more than %d cells",
                                   SIM_MATRIX_CELLS_MAX));
        return;
    }
    for (size_t n = 0; n < count; n++) {
        uint32_t *choice = sim_document_alloc(m->document, m->axis_count * sizeof *choice);
        struct cell cell = { .name = "", .choice = choice };
        size_t rest = n;

        for (size_t a = m->axis_count; a > 0; a--) {
            choice[a - 1] = (uint32_t)(rest % m->axes[a - 1].values->count);
            rest /= m->axes[a - 1].values->count;
        }
        for (size_t a = 0; a < m->axis_count; a++)
            cell.name = sim_document_format(m->document, "%s%s%s=%s", cell.name, a > 0 ? "," : "",
                                            m->axes[a].name, value_text(&m->axes[a], choice[a]));
        add_cell(m, &cell);
    }
}

/* Whether CELL, one of the product, has all values of axes that ENTRY names. */
static bool has_values(const struct matrix *m, const struct cell *cell,
                       const struct sim_tree *entry)
{
    for (uint32_t i = 0; i < entry->count; i++) {
        size_t a = find_axis(m, entry->keys[i]);

        if (a != SIZE_MAX && find_choice(&m->axes[a], entry->items[i]) != cell->choice[a])
            return false;
    }
    return true;
}

static bool check_excluded(struct matrix *m, const struct sim_tree *entry)
{
    for (uint32_t i = 0; i < entry->count; i++) {
        size_t a = find_axis(m, entry->keys[i]);
        const char *near = sim_nearest(entry->keys[i], m->axis_names);

        if (a == SIZE_MAX)
            refuse(m, SIM_WRONG_REFERENCE, &entry->key_marks[i],
                   near ? sim_document_format(m->document, "did you mean '%s'?", near) : NULL,
                   sim_document_format(m->document, "the matrix has no axis '%s'", entry->keys[i]));
        else if (find_choice(&m->axes[a], entry->items[i]) == SIZE_MAX)
            refuse(m, SIM_WRONG_REFERENCE, &entry->items[i]->mark, NULL,
                   sim_document_format(m->document, "the axis '%s' has no such value",
                                       m->axes[a].name));
    }
    return !m->wrong;
}

static void exclude(struct matrix *m, const struct sim_tree *entry)
{
    size_t kept = 0;

    if (!check_excluded(m, entry))
        return;
    for (size_t i = 0; i < m->cell_count; i++) {
        if (!has_values(m, &m->cells[i], entry))
            m->cells[kept++] = m->cells[i];
    }
    m->cell_count = kept;
}

static void add_entry(struct cell *cell, const struct sim_tree *entry)
{
    cell->entries = sim_grow(cell->entries, &cell->entry_capacity, cell->entry_count + 1,
                             sizeof *cell->entries);
    cell->entries[cell->entry_count++] = entry;
}

/* A cell of ENTRY's own, named by its scalars. */
static void include_cell(struct matrix *m, const struct sim_tree *entry)
{
    struct cell cell = { .name = "" };

    for (uint32_t i = 0; i < entry->count; i++) {
        size_t a = find_axis(m, entry->keys[i]);
        const struct sim_tree *item = entry->items[i];

        if (item->kind == SIM_SCALAR && can_name(item->text))
            cell.name =
                sim_document_format(m->document, "%s%s%s=%s", cell.name,
                                    cell.name[0] != '\0' ? "," : "", entry->keys[i], item->text);
        if (a != SIZE_MAX && m->axes[a].values->kind == SIM_MAPPING &&
            find_choice(&m->axes[a], item) == SIZE_MAX)
            refuse(m, SIM_WRONG_REFERENCE, &item->mark, NULL,
                   sim_document_format(m->document, "the axis '%s' has no such value",
                                       m->axes[a].name));
    }
    if (cell.name[0] == '\0')
        refuse(m, SIM_WRONG_SCHEMA, &entry->mark, "add a key with a short scalar",
               "nothing in this entry can name a cell");
    for (size_t i = 0; i < m->cell_count; i++) {
        if (strcmp(m->cells[i].name, cell.name) == 0)
            refuse(
                m, SIM_WRONG_SCHEMA, &entry->mark, NULL,
                sim_document_format(m->document, "the matrix has a cell '%s' already", cell.name));
    }
    if (m->cell_count == SIM_MATRIX_CELLS_MAX)
        refuse(m, SIM_WRONG_SCHEMA, &entry->mark, NULL,
               sim_document_format(m->document, "a matrix of more than %d cells",
                                   SIM_MATRIX_CELLS_MAX));
    add_entry(&cell, entry);
    add_cell(m, &cell);
}

static void include(struct matrix *m, const struct sim_tree *entry)
{
    bool added = false;

    for (size_t c = 0; c < m->cell_count; c++) {
        struct cell *cell = &m->cells[c];

        if (!cell->choice || !has_values(m, cell, entry))
            continue;
        added = true;
        add_entry(cell, entry);
    }
    if (!added)
        include_cell(m, entry);
}

static void read_entries(struct matrix *m, const struct sim_tree *tree, const char *key,
                         void (*read)(struct matrix *m, const struct sim_tree *entry))
{
    const struct sim_tree *list = sim_tree_get(tree, key);

    if (m->wrong || sim_tree_is_null(list))
        return;
    if (list->kind != SIM_SEQUENCE || list->count > SIM_MATRIX_CELLS_MAX)
        refuse(m, SIM_WRONG_SCHEMA, &list->mark, "write [{axis: value}]",
               sim_document_format(m->document, "'%s' is a list of at most %d mappings", key,
                                   SIM_MATRIX_CELLS_MAX));
    for (uint32_t i = 0; i < list->count && !m->wrong; i++) {
        const struct sim_tree *entry = list->items[i];

        if (entry->kind != SIM_MAPPING || entry->count == 0 || entry->count > ENTRY_KEYS_MAX)
            refuse(m, SIM_WRONG_SCHEMA, &entry->mark, "write {axis: value}",
                   sim_document_format(m->document,
                                       "an entry of '%s' is a mapping of at most %d keys", key,
                                       ENTRY_KEYS_MAX));
        else
            read(m, entry);
    }
}

static void read_matrix(struct matrix *m, const struct sim_tree *tree)
{
    if (sim_tree_is_null(tree))
        return;
    if (tree->kind != SIM_MAPPING) {
        refuse(m, SIM_WRONG_SCHEMA, &tree->mark, "write {path: [3, 5]}",
               "'matrix' is a mapping from axes to values");
        return;
    }
    read_axes(m, tree);
    if (!m->wrong)
        multiply(m, &tree->mark);
    read_entries(m, tree, "exclude", exclude);
    read_entries(m, tree, "include", include);
}

/* The overrides that a value of an axis stands for. */
static void gather(struct sim_builder *out, const struct axis *axis, const struct sim_mark *mark,
                   size_t choice)
{
    struct sim_tree *value = axis->values->items[choice];

    if (axis->values->kind == SIM_SEQUENCE)
        sim_builder_add(out, axis->name, mark, value);
    for (uint32_t i = 0; axis->values->kind == SIM_MAPPING && i < value->count; i++)
        sim_builder_add(out, value->keys[i], &value->key_marks[i], value->items[i]);
}

static struct sim_tree *cell_overrides(struct matrix *m, const struct cell *cell)
{
    static const struct sim_mark nowhere = { 0 };
    struct sim_builder out = { 0 };

    for (size_t a = 0; cell->choice && a < m->axis_count; a++)
        gather(&out, &m->axes[a], &m->axes[a].mark, cell->choice[a]);
    for (size_t e = 0; e < cell->entry_count; e++) {
        const struct sim_tree *entry = cell->entries[e];

        for (uint32_t i = 0; i < entry->count; i++) {
            size_t a = find_axis(m, entry->keys[i]);
            const struct axis *axis = a == SIZE_MAX ? NULL : &m->axes[a];

            if (axis && axis->values->kind == SIM_MAPPING && !cell->choice)
                gather(&out, axis, &axis->mark, find_choice(axis, entry->items[i]));
            else if (!axis || !cell->choice)
                sim_builder_add(&out, entry->keys[i], &entry->key_marks[i], entry->items[i]);
        }
    }
    return sim_builder_finish(&out, m->document, &nowhere);
}

/* Whether A and B list the same values, in whatever order. */
static bool same_cell(const char *a, const char *b)
{
    if (strlen(a) != strlen(b))
        return false;
    while (*a != '\0') {
        size_t length = strcspn(a, ",");
        const char *other = b;

        while (strncmp(other, a, length) != 0 || (other[length] != ',' && other[length] != '\0')) {
            other = strchr(other, ',');
            if (!other)
                return false;
            other++;
        }
        a += length;
        a += *a == ',';
    }
    return true;
}

/* -- variants ---------------------------------------------------------------------------------- */

/* TREE, named NAME, as overrides: an empty mapping if it is null; NULL after an error. */
static struct sim_tree *overrides_of(struct sim_document *document, struct sim_tree *tree,
                                     const char *name)
{
    struct sim_builder none = { 0 };

    if (tree->kind == SIM_MAPPING)
        return tree;
    if (sim_tree_is_null(tree))
        return sim_builder_finish(&none, document, &tree->mark);
    sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                          "write {nodes.store.count: 7}", "'%s' is a mapping of overrides", name);
    return NULL;
}

static const struct sim_tree *read_variants(struct sim_document *document,
                                            const struct sim_tree *root)
{
    const struct sim_tree *tree = sim_tree_get(root, "variants");

    if (sim_tree_is_null(tree))
        return NULL;
    if (tree->kind != SIM_MAPPING) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &tree->mark,
                              "write {name: {path: value}}",
                              "'variants' is a mapping from names to overrides");
        return NULL;
    }
    for (uint32_t i = 0; i < tree->count; i++) {
        if (strpbrk(tree->keys[i], ",="))
            sim_diagnostics_error(document->diagnostics, SIM_WRONG_SCHEMA, &tree->key_marks[i],
                                  NULL, "',' and '=' belong to the names of cells of a matrix");
        overrides_of(document, tree->items[i], tree->keys[i]);
    }
    return tree;
}

/* Whether TREE, of a variant, leaves the run as it is. */
static bool is_words_only(const struct sim_tree *tree)
{
    for (uint32_t i = 0; tree->kind == SIM_MAPPING && i < tree->count; i++) {
        if (strcmp(tree->keys[i], "name") != 0 && strcmp(tree->keys[i], "about") != 0 &&
            strcmp(tree->keys[i], "expect") != 0)
            return false;
    }
    return true;
}

static void list_names(struct matrix *m, const struct sim_tree *variants)
{
    size_t count = 0, named = variants ? variants->count : 0;
    const char **names;

    names = sim_document_alloc(m->document, (named + m->cell_count + 1) * sizeof *names);
    for (size_t i = named; i > 0; i--) {
        if (is_words_only(variants->items[i - 1]))
            m->document->base = variants->keys[i - 1];
    }
    for (size_t i = 0; i < named; i++)
        names[count++] = variants->keys[i];
    for (size_t i = 0; i < m->cell_count; i++)
        names[count++] = m->cells[i].name;
    m->document->variants = names;
}

static void refuse_variant(struct sim_document *document)
{
    const char *wanted = document->options->variant, *list = "", *near;
    const char *const *names = document->variants;
    struct sim_mark mark = { NULL, 1, 1, 1 };
    size_t count = 0;

    mark.source = sim_yaml_source(document, "--variant", wanted, strlen(wanted));
    mark.length = (uint32_t)strlen(wanted);
    near = sim_nearest(wanted, names);
    for (; names[count] && count < 12; count++)
        list = sim_document_format(document, "%s%s%s", list, count > 0 ? " " : "", names[count]);
    sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, &mark,
                          near ? sim_document_format(document, "did you mean '%s'?", near) : NULL,
                          "there is no variant '%s'", wanted);
    sim_diagnostics_note(document->diagnostics, NULL,
                         count > 0 ? "the variants are: %s%s"
                                   : "the scenario has neither variants nor a matrix%s%s",
                         list, names[count] ? " ..." : "");
}

static struct sim_tree *find_variant(struct matrix *m, const struct sim_tree *variants)
{
    const char *wanted = m->document->options->variant;

    for (uint32_t i = 0; variants && i < variants->count; i++) {
        if (strcmp(variants->keys[i], wanted) == 0) /* its shape was reported before */
            return variants->items[i]->kind == SIM_MAPPING
                       ? variants->items[i]
                       : cell_overrides(m, &(struct cell){ .name = wanted });
    }
    for (size_t i = 0; i < m->cell_count; i++) {
        if (same_cell(m->cells[i].name, wanted))
            return cell_overrides(m, &m->cells[i]);
    }
    if (!m->wrong) /* else the cells are not known */
        refuse_variant(m->document);
    return NULL;
}

struct sim_tree *sim_variant_select(struct sim_document *document, struct sim_tree *root)
{
    struct matrix m = { .document = document };
    const struct sim_tree *variants = read_variants(document, root);
    struct sim_tree *overrides = NULL;

    read_matrix(&m, sim_tree_get(root, "matrix"));
    list_names(&m, variants);
    if (document->options->variant)
        overrides = find_variant(&m, variants);
    for (size_t i = 0; i < m.cell_count; i++)
        sim_free(m.cells[i].entries);
    sim_free(m.cells);
    return overrides;
}

struct sim_tree *sim_variant_fails_with(struct sim_document *document, struct sim_tree *root)
{
    const struct sim_tree *tree = sim_tree_get(root, "fails_with");

    if (sim_tree_is_null(tree)) {
        sim_diagnostics_error(document->diagnostics, SIM_WRONG_REFERENCE, &root->mark,
                              "it names overrides under which an expectation is violated",
                              "the scenario has no 'fails_with'");
        return NULL;
    }
    return overrides_of(document, (struct sim_tree *)tree, "fails_with");
}
