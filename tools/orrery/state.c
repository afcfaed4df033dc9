#include "tools/orrery/state.h"

#include "sim/core/mem.h"
#include "sim/observe/figure.h"
#include "sim/observe/output.h"
#include "sim/world/filter.h"
#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { NAME_COLUMNS = 12 };

static const char *status_name(const struct sim_node_status *status)
{
    if (status->is_killed)
        return "killed";
    if (status->halted)
        return "halted";
    if (status->is_stopped)
        return "stopped";
    if (status->is_down)
        return "down";
    return status->is_paused ? "paused" : "up";
}

static bool field_flag(const void *state, const struct sim_field *field)
{
    return *((const bool *)state + field->offset);
}

static int64_t field_word(const void *state, const struct sim_field *field)
{
    int64_t word;

    memcpy(&word, (const char *)state + field->offset, sizeof(word));
    return word;
}

/* The name of the choice that WORD is, or NULL. */
static const char *choice_name(const struct sim_field *field, int64_t word)
{
    for (int64_t i = 0; field->choices && field->choices[i]; i++) {
        if (i == word)
            return field->choices[i];
    }
    return NULL;
}

static bool is_shown(const struct sim_field *field)
{
    return field->type == SIM_FIELD_WORD || field->type == SIM_FIELD_FLAG;
}

const struct sim_field *state_field(const struct sim_model *model, const char *name)
{
    for (const struct sim_field *field = model->state.fields; field && field->name; field++) {
        if (is_shown(field) && strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

int64_t state_word(const struct sim_node_status *status, const struct sim_field *field)
{
    return field->type == SIM_FIELD_FLAG ? field_flag(status->state, field)
                                         : field_word(status->state, field);
}

/* A node that is down has no state. */
static const struct sim_field *first_field(const struct sim_node_status *status)
{
    static const struct sim_field none[] = { { 0 } };
    const struct sim_field *fields = status->model->state.fields;

    return fields && status->state && !status->is_down ? fields : none;
}

/* -- for people -------------------------------------------------------------------------------- */

/* A list that is wrapped as it grows. */
struct list {
    FILE *file;
    size_t column, count;
};

static void item(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void item(struct list *list, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (list->count++ > 0) {
        fputc(',', list->file);
        list->column++;
    }
    text[0] = ' ';
    va_start(arguments, format);
    vsnprintf(text + 1, sizeof(text) - 1, format, arguments);
    va_end(arguments);
    list->column = shown_wrap(list->file, text, list->column, NAME_COLUMNS + 1);
}

static void print_fields(struct list *list, const struct sim_field *field, const void *state)
{
    for (; field->name; field++) {
        if (!is_shown(field))
            continue;
        if (field->type == SIM_FIELD_FLAG) {
            item(list, "%s %s", field->name, field_flag(state, field) ? "yes" : "no");
            continue;
        }
        int64_t word = field_word(state, field);
        const char *choice = choice_name(field, word);

        if (choice)
            item(list, "%s %s", field->name, choice);
        else if (word == SIM_NIL)
            item(list, "%s -", field->name);
        else
            item(list, "%s %" PRId64, field->name, word);
    }
}

/* One line for each filter on its calls that has a state. */
static void print_filters(const struct state_report *report, uint32_t node, FILE *file)
{
    struct sim_filter_status filter;

    for (uint32_t i = 0; sim_world_node_filter(report->world, node, i, &filter); i++) {
        struct list list = { file, NAME_COLUMNS, 0 };

        if (!filter.state || !filter.filter->state.fields)
            continue;
        fprintf(file, "%*s", NAME_COLUMNS, "");
        item(&list, "%s of its calls '%s':", filter.filter->name, filter.route);
        list.count = 0;
        print_fields(&list, filter.filter->state.fields, filter.state);
        fputc('\n', file);
    }
}

void state_print_node(const struct state_report *report, uint32_t node, FILE *file)
{
    const sim_time now = sim_world_time(report->world);
    struct sim_node_status status;
    struct sim_timer_status timer;
    char name[64], text[SIM_TIME_TEXT];
    struct list list = { file, NAME_COLUMNS, 0 };

    sim_world_node_status(report->world, node, &status);
    sim_world_node_name(report->world, node, name);
    fprintf(file, "  %-*s", NAME_COLUMNS - 2, name);
    if (strlen(name) > NAME_COLUMNS - 2)
        list.column = strlen(name) + 2;
    item(&list, "%s", status_name(&status));
    if (status.halted)
        item(&list, "%s", status.halted);
    if (status.crashes > 0)
        item(&list, "crashed %" PRIu32 " time%s", status.crashes, status.crashes == 1 ? "" : "s");
    if (status.awaits_disk)
        item(&list, "waits for its disk");
    if (status.waiting > 0)
        item(&list, "%" PRIu64 " waiting", status.waiting);
    if (status.monotonic != now)
        item(&list, "clock at %s", sim_time_text(text, status.monotonic));
    if (status.wall != status.monotonic)
        item(&list, "wall clock at %s", sim_time_text(text, status.wall));
    print_fields(&list, first_field(&status), status.state);
    for (uint32_t i = 0; sim_world_node_timer(report->world, node, i, &timer); i++) {
        char when[SIM_TIME_TEXT + 8] = "is overdue"; /* the node is paused, say */

        if (timer.due == SIM_TIME_NEVER || status.is_down)
            continue;
        if (timer.due >= now)
            snprintf(when, sizeof(when), "in %s", sim_time_text(text, timer.due - now));
        if (timer.peer == SIM_NO_GROUP)
            item(&list, "%s %s", timer.name, when);
        else
            item(&list, "%s (%s) %s", timer.name,
                 sim_world_node_name(report->world, timer.peer, name), when);
    }
    fputc('\n', list.file);
    print_filters(report, node, file);
}

void state_print(const struct state_report *report, FILE *file)
{
    static const char *const ends[] = {
        [SIM_END_DURATION] = "",
        [SIM_END_QUIET] = ", nothing left to happen",
        [SIM_END_VIOLATED] = ", stopped at a violation",
        [SIM_END_LIMIT] = ", stopped by a limit",
    };
    char time[SIM_TIME_TEXT], events[SIM_FIGURE_TEXT];
    uint32_t node = 0;

    shown_print(file, report->plan->name, strlen(report->plan->name));
    fprintf(file, ", seed %" PRIu64, report->plan->seed);
    if (report->plan->luck.has_seed)
        fprintf(file, ", all luck that of seed %" PRIu64, report->plan->luck.seed);
    fprintf(file, "\nat %s, after %s events%s\n",
            sim_time_text(time, sim_world_time(report->world)),
            sim_figure_count(events, sim_world_events(report->world)), ends[report->end]);
    for (uint32_t g = 0; g < report->plan->group_count; g++) {
        fprintf(file, "\n%s (%s)\n", report->plan->groups[g].name,
                report->plan->groups[g].model->name);
        for (; node < sim_world_nodes(report->world) &&
               sim_world_node_group(report->world, node) == g;
             node++)
            state_print_node(report, node, file);
    }
    fprintf(file, "\nrepeat  %s\n", report->repeat);
}

/* -- for programs ------------------------------------------------------------------------------ */

static void put_fields(struct sim_output *out, const struct sim_field *field, const void *state)
{
    const char *comma = "";

    sim_output_text(out, ",\"state\":{");
    for (; field->name; field++) {
        if (!is_shown(field))
            continue;
        sim_output_text(out, comma);
        comma = ",";
        sim_output_string(out, field->name);
        sim_output_text(out, ":");
        if (field->type == SIM_FIELD_FLAG) {
            sim_output_text(out, field_flag(state, field) ? "true" : "false");
            continue;
        }
        int64_t word = field_word(state, field);
        const char *choice = choice_name(field, word);

        if (choice)
            sim_output_string(out, choice);
        else if (word == SIM_NIL)
            sim_output_text(out, "null");
        else
            sim_output_integer(out, word);
    }
    sim_output_text(out, "}");
}

static void put_filters(const struct state_report *report, uint32_t node, struct sim_output *out)
{
    struct sim_filter_status filter;

    sim_output_text(out, ",\"filters\":[");
    for (uint32_t i = 0; sim_world_node_filter(report->world, node, i, &filter); i++) {
        sim_output_text(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, filter.filter->name);
        sim_output_text(out, ",\"call\":");
        sim_output_string(out, filter.route);
        if (filter.state && filter.filter->state.fields)
            put_fields(out, filter.filter->state.fields, filter.state);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}

static void put_node(const struct state_report *report, uint32_t node, struct sim_output *out)
{
    struct sim_node_status status;
    struct sim_timer_status timer;
    const char *comma = "";
    char name[64];

    sim_world_node_status(report->world, node, &status);
    sim_output_text(out, "{\"name\":");
    sim_output_string(out, sim_world_node_name(report->world, node, name));
    sim_output_text(out, ",\"model\":");
    sim_output_string(out, status.model->name);
    sim_output_text(out, ",\"status\":");
    sim_output_string(out, status_name(&status));
    if (status.halted) {
        sim_output_text(out, ",\"halted\":");
        sim_output_string(out, status.halted);
    }
    sim_output_text(out, ",\"crashes\":");
    sim_output_natural(out, status.crashes);
    sim_output_text(out, status.awaits_disk ? ",\"awaits_disk\":true" : ",\"awaits_disk\":false");
    sim_output_text(out, ",\"waiting\":");
    sim_output_natural(out, status.waiting);
    sim_output_text(out, ",\"monotonic\":");
    sim_output_integer(out, status.monotonic);
    sim_output_text(out, ",\"wall\":");
    sim_output_integer(out, status.wall);
    put_fields(out, first_field(&status), status.state);
    put_filters(report, node, out);
    sim_output_text(out, ",\"timers\":[");
    for (uint32_t i = 0; sim_world_node_timer(report->world, node, i, &timer); i++) {
        if (timer.due == SIM_TIME_NEVER || status.is_down)
            continue;
        sim_output_text(out, comma);
        comma = ",";
        sim_output_text(out, "{\"name\":");
        sim_output_string(out, timer.name);
        if (timer.peer != SIM_NO_GROUP) {
            sim_output_text(out, ",\"peer\":");
            sim_output_string(out, sim_world_node_name(report->world, timer.peer, name));
        }
        sim_output_text(out, ",\"due\":");
        sim_output_integer(out, timer.due);
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]}");
}

void state_print_json(const struct state_report *report, FILE *file)
{
    struct sim_output out;

    sim_output_init(&out, file);
    sim_output_text(&out, "{\"scenario\":");
    sim_output_string(&out, report->plan->name);
    sim_output_text(&out, ",\"file\":");
    sim_output_string(&out, report->file);
    sim_output_text(&out, ",\"seed\":");
    sim_output_natural(&out, report->plan->seed);
    sim_output_text(&out, ",\"time\":");
    sim_output_integer(&out, sim_world_time(report->world));
    sim_output_text(&out, ",\"events\":");
    sim_output_natural(&out, sim_world_events(report->world));
    sim_output_text(&out, ",\"nodes\":[");
    for (uint32_t node = 0; node < sim_world_nodes(report->world); node++) {
        if (node > 0)
            sim_output_text(&out, ",");
        put_node(report, node, &out);
    }
    sim_output_text(&out, "],\"repeat\":");
    sim_output_string(&out, report->repeat);
    sim_output_text(&out, "}");
    sim_output_end_line(&out);
    sim_output_flush(&out);
    sim_output_finish(&out);
}
