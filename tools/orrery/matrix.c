#include "tools/orrery/matrix.h"
#include "sim/core/mem.h"
#include "tools/orrery/command.h"

#include <string.h>

/* Bytes of the value that TEXT begins with. */
static size_t value_length(const char *text)
{
    size_t length = 0;
    int depth = 0;
    char quote = '\0';

    for (; text[length] && (text[length] != ',' || depth > 0 || quote); length++) {
        char c = text[length];

        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '[' || c == '{')
            depth++;
        else if (c == ']' || c == '}')
            depth--;
    }
    return length;
}

size_t matrix_set_length(const char *name)
{
    return value_length(name);
}

static bool read_axis(struct matrix_axis *axis, const char *word)
{
    size_t key = strcspn(word, "=");

    if (key == 0 || word[key] == '\0') {
        usage_error("--matrix takes KEY=VALUE,VALUE,..., not '%s'", word);
        return false;
    }
    for (const char *value = word + key + 1;;) {
        size_t length = value_length(value);

        if (length == 0) {
            usage_error("--matrix: a value of '%.*s' is missing", (int)key, word);
            return false;
        }
        char *set = sim_format("%.*s=%.*s", (int)key, word, (int)length, value);

        axis->sets = sim_grow(axis->sets, &axis->capacity, axis->count + 1, sizeof(*axis->sets));
        axis->sets[axis->count++] = set;
        for (size_t i = 0; i + 1 < axis->count; i++) {
            if (strcmp(axis->sets[i], set) == 0) {
                usage_error("--matrix: '%s' stands there twice", set);
                return false;
            }
        }
        if (value[length] == '\0')
            return true;
        value += length + 1;
    }
}

bool matrix_read(struct matrix *matrix, const char *const *words, size_t count)
{
    *matrix = (struct matrix){ .cell_count = 1 };
    matrix->axes = sim_alloc_array(count, sizeof(*matrix->axes));
    for (size_t i = 0; i < count; i++) {
        struct matrix_axis *axis = &matrix->axes[matrix->axis_count++];

        if (!read_axis(axis, words[i]))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (strncmp(matrix->axes[k].sets[0], axis->sets[0], strcspn(words[i], "=") + 1) == 0) {
                usage_error("--matrix: '%.*s' is given twice", (int)strcspn(words[i], "="),
                            words[i]);
                return false;
            }
        }
        matrix->cell_count *= axis->count;
        if (matrix->cell_count > MATRIX_CELLS_MAX) {
            usage_error("--matrix: more than %d cells", MATRIX_CELLS_MAX);
            return false;
        }
    }
    return true;
}

void matrix_finish(struct matrix *matrix)
{
    for (size_t i = 0; i < matrix->axis_count; i++) {
        for (size_t k = 0; k < matrix->axes[i].count; k++)
            sim_free(matrix->axes[i].sets[k]);
        sim_free(matrix->axes[i].sets);
    }
    sim_free(matrix->axes);
}

const char *matrix_set(const struct matrix *matrix, size_t cell, size_t axis)
{
    for (size_t i = matrix->axis_count - 1; i > axis; i--)
        cell /= matrix->axes[i].count;
    return matrix->axes[axis].sets[cell % matrix->axes[axis].count];
}

char *matrix_name(const struct matrix *matrix, size_t cell)
{
    char *name = NULL;

    for (size_t i = 0; i < matrix->axis_count; i++) {
        char *longer =
            sim_format("%s%s%s", name ? name : "", name ? "," : "", matrix_set(matrix, cell, i));

        sim_free(name);
        name = longer;
    }
    return name;
}
