#include "tools/orrery/grid.h"
#include "sim/core/mem.h"
#include "tools/orrery/shown.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

void grid_init(struct grid *grid, const char *const *headings)
{
    *grid = (struct grid){ 0 };
    for (; headings[grid->columns]; grid->columns++) {
        assert(grid->columns < GRID_COLUMNS_MAX);
        grid->headings[grid->columns] = headings[grid->columns];
    }
}

void grid_add(struct grid *grid, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    grid->cells = sim_grow(grid->cells, &grid->capacity, grid->count + 1, sizeof(*grid->cells));
    grid->cells[grid->count++] = sim_copy_text(text);
}

static bool is_empty(const struct grid *grid, size_t column)
{
    for (size_t i = column; i < grid->count; i += grid->columns) {
        if (strcmp(grid->cells[i], "-") != 0)
            return false;
    }
    return true;
}

static size_t columns_of(const char *text)
{
    return shown_width(text, strlen(text));
}

/* Line 0 or 1 of a heading, with its length. */
static const char *heading_line(const char *heading, size_t line, size_t *length)
{
    const char *stroke = strchr(heading, '|');

    if (!stroke) {
        *length = line == 0 ? 0 : strlen(heading);
        return heading;
    }
    *length = line == 0 ? (size_t)(stroke - heading) : strlen(stroke + 1);
    return line == 0 ? heading : stroke + 1;
}

static void pad(FILE *file, size_t columns)
{
    fprintf(file, "%*s", (int)columns, "");
}

static void print_cell(const char *text, size_t length, size_t width, bool left, FILE *file)
{
    size_t used = shown_width(text, length), blank = width > used ? width - used : 0;

    if (!left)
        pad(file, blank);
    shown_print(file, text, length);
    if (left)
        pad(file, blank);
}

static void print_plain(const struct grid *grid, FILE *file)
{
    size_t widths[GRID_COLUMNS_MAX] = { 0 };

    for (size_t c = 0; c < grid->columns; c++) {
        for (size_t line = 0; line < 2; line++) {
            size_t length;
            const char *text = heading_line(grid->headings[c], line, &length);
            size_t width = shown_width(text, length);

            widths[c] = width > widths[c] ? width : widths[c];
        }
        for (size_t i = c; i < grid->count; i += grid->columns) {
            size_t width = columns_of(grid->cells[i]);

            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t line = 0; line < 2; line++) {
        size_t owed = 0; /* blanks, which are not printed at the end of a line */

        for (size_t c = 0; c < grid->columns; c++) {
            size_t length;
            const char *text = heading_line(grid->headings[c], line, &length);

            if (c > 0 && is_empty(grid, c))
                continue;
            if (length == 0) {
                owed += 2 + widths[c];
                continue;
            }
            pad(file, owed + 2);
            owed = 0;
            print_cell(text, length, widths[c], c == 0, file);
        }
        fputc('\n', file);
    }
    for (size_t i = 0; i < grid->count; i++) {
        size_t c = i % grid->columns;

        if (c == 0 || !is_empty(grid, c)) {
            pad(file, 2);
            print_cell(grid->cells[i], strlen(grid->cells[i]), widths[c], c == 0, file);
        }
        if (c + 1 == grid->columns)
            fputc('\n', file);
    }
}

/* What Markdown would read as its own. */
static void print_escaped(const char *text, FILE *file)
{
    static const char *const special = "|\\*_<>`[]~";

    while (*text) {
        size_t length = strcspn(text, special);

        shown_print(file, text, length);
        text += length;
        if (*text)
            fprintf(file, "\\%c", *text++);
    }
}

static void print_markdown(const struct grid *grid, FILE *file)
{
    for (size_t c = 0; c < grid->columns; c++) {
        if (c > 0 && is_empty(grid, c))
            continue;
        fputs("| ", file);
        for (const char *text = grid->headings[c]; *text; text++)
            fputc(*text == '|' ? ' ' : *text, file);
        fputc(' ', file);
    }
    fputs("|\n", file);
    for (size_t c = 0; c < grid->columns; c++) {
        if (c == 0 || !is_empty(grid, c))
            fputs(c == 0 ? "|---" : "|---:", file);
    }
    fputs("|\n", file);
    for (size_t i = 0; i < grid->count; i++) {
        size_t c = i % grid->columns;

        if (c == 0 || !is_empty(grid, c)) {
            fputs("| ", file);
            print_escaped(grid->cells[i], file);
            fputc(' ', file);
        }
        if (c + 1 == grid->columns)
            fputs("|\n", file);
    }
}

void grid_print(struct grid *grid, bool markdown, FILE *file)
{
    assert(grid->count % grid->columns == 0);
    if (markdown)
        print_markdown(grid, file);
    else
        print_plain(grid, file);
    for (size_t i = 0; i < grid->count; i++)
        sim_free(grid->cells[i]);
    sim_free(grid->cells);
}
