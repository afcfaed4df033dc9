#include "sim/observe/recorder.h"

#include "sim/core/mem.h"

#include <assert.h>
#include <string.h>

struct metric {
    int64_t value;
    sim_time begun; /* when a counter was first counted, + 1; 0: never */
    int64_t *last; /* of a gauge, by member; made when first set */
    struct sim_histogram histogram;
};

struct sim_recorder {
    const struct sim_plan *plan;
    struct sim_trace *trace;
    struct sim_names names;
    struct sim_observer observer;
    struct sim_history *history;
    struct sim_window *windows;
    size_t window_count, window_capacity;
    size_t closed; /* all windows before this one are closed */
    struct sim_strike *strikes;
    size_t strike_count, strike_capacity;
    size_t ended_strikes;               /* all strikes before this one have ended */
    uint64_t struck;                    /* also those that were too many to keep */
    struct sim_fired *fired;            /* by fault of the plan */
    struct sim_struck_list written;     /* if they are asked for */
    struct sim_listed_operation *asked; /* the same, and what follows */
    struct sim_message_luck *fates;
    struct sim_draw_luck *draws;
    uint8_t *forms;
    size_t asked_count, asked_capacity, fate_count, fate_capacity;
    size_t draw_count, draw_capacity, form_capacity;
    struct sim_violation_record *violations;
    size_t violation_count, violation_capacity;
    struct sim_halt_record *halts;
    size_t halt_count, halt_capacity;
    struct metric *metrics; /* [group][SIM_METRICS_MAX] */
    unsigned *kinds;        /* by group: which kinds of operation it invoked after the warm-up */
    sim_time ended;
    bool has_ended;
    void (*listener)(void *context, const struct sim_happening *happening);
    void *listener_context;
};

/* -- what the world tells ---------------------------------------------------------------------- */

static void on_happening(void *context, const struct sim_happening *happening)
{
    struct sim_recorder *recorder = context;

    if (recorder->trace != NULL)
        sim_trace_write(recorder->trace, happening);
    if (recorder->listener != NULL)
        recorder->listener(recorder->listener_context, happening);
}

static void on_invoked(void *context, sim_time time, uint32_t node, uint32_t process, uint64_t id,
                       const struct sim_operation *operation)
{
    struct sim_recorder *recorder = context;

    assert(operation->kind >= 0);
    assert(operation->kind < SIM_OPERATION_KINDS);
    sim_history_invoke(recorder->history, time, node, process, id, operation);
    if (time >= recorder->plan->warmup)
        recorder->kinds[sim_names_group(&recorder->names, node)] |= 1u << operation->kind;
}

static void on_completed(void *context, sim_time time, uint64_t id,
                         enum sim_operation_status status, int64_t value,
                         const struct sim_blob *list)
{
    static const int64_t nothing[1];
    struct sim_recorder *recorder = context;
    const int64_t *words = NULL;
    size_t count = 0;

    if (list != NULL) {
        words = sim_blob_words(list, &count);
        if (count == 0)
            words = nothing; /* an empty list is a list */
    }
    sim_history_complete(recorder->history, time, id, status, value, words, count);
}

static void open_window(struct sim_recorder *recorder, sim_time time, uint32_t fault)
{
    if (recorder->window_count == recorder->window_capacity)
        recorder->windows = sim_grow(recorder->windows, &recorder->window_capacity,
                                     recorder->window_count + 1, sizeof(*recorder->windows));
    recorder->windows[recorder->window_count++] =
        (struct sim_window){ .fault = fault, .open = true, .from = time, .to = SIM_TIME_NEVER };
}

static void on_window(void *context, sim_time time, uint32_t fault, bool opens)
{
    struct sim_recorder *recorder = context;

    assert(fault < recorder->plan->fault_count);
    if (opens) {
        open_window(recorder, time, fault);
        return;
    }
    /* Windows of one fault may overlap; which of them ends makes no difference to their union. */
    while (recorder->closed < recorder->window_count && !recorder->windows[recorder->closed].open)
        recorder->closed++;
    for (size_t i = recorder->closed; i < recorder->window_count; i++) {
        struct sim_window *window = &recorder->windows[i];

        if (window->fault == fault && window->open) {
            window->open = false;
            window->to = time;
            return;
        }
    }
    assert(false); /* a window closes that is not open */
}

static void begin_strike(struct sim_recorder *recorder, const struct sim_strike *strike)
{
    recorder->struck++;
    if (recorder->strike_count == SIM_STRIKES_MAX)
        return;
    if (recorder->strike_count == recorder->strike_capacity)
        recorder->strikes = sim_grow(recorder->strikes, &recorder->strike_capacity,
                                     recorder->strike_count + 1, sizeof(*recorder->strikes));
    recorder->strikes[recorder->strike_count++] = *strike;
}

/* Of several strikes of one fault on the same nodes the first ends: their durations may differ, and
 * nobody can tell them apart. */
static void end_strike(struct sim_recorder *recorder, const struct sim_strike *ended)
{
    while (recorder->ended_strikes < recorder->strike_count &&
           !recorder->strikes[recorder->ended_strikes].open)
        recorder->ended_strikes++;
    for (size_t i = recorder->ended_strikes; i < recorder->strike_count; i++) {
        struct sim_strike *strike = &recorder->strikes[i];

        if (strike->open && strike->fault == ended->fault && strike->count == ended->count &&
            memcmp(strike->nodes, ended->nodes, sizeof(ended->nodes)) == 0) {
            strike->open = false;
            strike->to = ended->from;
            return;
        }
    }
    assert(recorder->struck > recorder->strike_count); /* it was kept unless there were too many */
}

static void on_fault(void *context, sim_time time, uint32_t fault, const uint32_t *nodes,
                     uint32_t count, bool begins)
{
    struct sim_recorder *recorder = context;
    struct sim_strike strike = {
        .fault = fault, .count = count, .open = true, .from = time, .to = SIM_TIME_NEVER
    };

    assert(fault < recorder->plan->fault_count);
    for (uint32_t i = 0; i < count && i < SIM_STRIKE_NODES; i++)
        strike.nodes[i] = nodes[i];
    if (begins) {
        recorder->fired[fault].begun++;
        recorder->fired[fault].hit += count > 0;
        begin_strike(recorder, &strike);
    } else {
        end_strike(recorder, &strike);
    }
}

static void on_struck(void *context, const struct sim_struck *struck)
{
    struct sim_recorder *recorder = context;

    sim_struck_add(&recorder->written, struck);
}

static void on_asked(void *context, sim_time due, uint32_t node, uint32_t process,
                     const struct sim_operation *operation)
{
    struct sim_recorder *recorder = context;

    recorder->asked = sim_grow(recorder->asked, &recorder->asked_capacity,
                               recorder->asked_count + 1, sizeof(*recorder->asked));
    recorder->asked[recorder->asked_count++] = (struct sim_listed_operation){
        .at = due, .client = node, .process = process, .operation = *operation
    };
}

static void on_fated(void *context, const struct sim_message_luck *fate, bool is_plain)
{
    struct sim_recorder *recorder = context;

    if (is_plain)
        return;
    recorder->fates = sim_grow(recorder->fates, &recorder->fate_capacity, recorder->fate_count + 1,
                               sizeof(*recorder->fates));
    recorder->fates[recorder->fate_count++] = *fate;
}

static void on_drew(void *context, const struct sim_draw_luck *drawn, int form)
{
    struct sim_recorder *recorder = context;

    recorder->draws = sim_grow(recorder->draws, &recorder->draw_capacity, recorder->draw_count + 1,
                               sizeof(*recorder->draws));
    recorder->forms = sim_grow(recorder->forms, &recorder->form_capacity, recorder->draw_count + 1,
                               sizeof(*recorder->forms));
    recorder->forms[recorder->draw_count] = (uint8_t)form;
    recorder->draws[recorder->draw_count++] = *drawn;
}

static struct metric *metric_at(const struct sim_recorder *recorder, uint32_t group,
                                unsigned metric)
{
    assert(group < recorder->plan->group_count);
    assert(metric < SIM_METRICS_MAX);
    return &recorder->metrics[(size_t)group * SIM_METRICS_MAX + metric];
}

static void on_metric(void *context, sim_time time, uint32_t node, uint32_t group, unsigned metric,
                      int64_t value)
{
    struct sim_recorder *recorder = context;
    const struct sim_group_plan *plan = &recorder->plan->groups[group];
    struct metric *at = metric_at(recorder, group, metric);
    bool counts = time >= recorder->plan->warmup;

    switch (plan->model->metrics[metric].type) {
    case SIM_COUNTER:
    case SIM_ANOMALIES:
        at->value += counts ? value : 0;
        if (at->begun == 0)
            at->begun = time + 1;
        break;
    case SIM_GAUGE: /* a state, not a flow: the last value stands, whenever it was set */
        if (at->last == NULL)
            at->last = sim_alloc_array(plan->count, sizeof(*at->last));
        at->value += value - at->last[node - recorder->names.first[group]];
        at->last[node - recorder->names.first[group]] = value;
        break;
    case SIM_HISTOGRAM:
    case SIM_DURATIONS:
        if (counts)
            sim_histogram_add(&at->histogram, value);
        break;
    }
}

static void on_violated(void *context, sim_time time, uint64_t event, uint32_t group,
                        const char *invariant, const char *text)
{
    struct sim_recorder *recorder = context;

    if (recorder->violation_count == recorder->violation_capacity)
        recorder->violations =
            sim_grow(recorder->violations, &recorder->violation_capacity,
                     recorder->violation_count + 1, sizeof(*recorder->violations));
    recorder->violations[recorder->violation_count++] =
        (struct sim_violation_record){ time, event, group, sim_copy_text(invariant),
                                       sim_copy_text(text) };
}

static void on_halted(void *context, sim_time time, uint32_t node, const char *reason)
{
    struct sim_recorder *recorder = context;

    recorder->halts = sim_grow(recorder->halts, &recorder->halt_capacity, recorder->halt_count + 1,
                               sizeof(*recorder->halts));
    recorder->halts[recorder->halt_count++] = (struct sim_halt_record){ time, node, reason };
}

/* -- life -------------------------------------------------------------------------------------- */

struct sim_recorder *sim_recorder_create(const struct sim_plan *plan, struct sim_trace *trace)
{
    struct sim_recorder *recorder = sim_alloc(sizeof(*recorder));

    assert(plan->limits.history >= 0);
    recorder->plan = plan;
    recorder->trace = trace;
    sim_names_init(&recorder->names, plan);
    recorder->history = sim_history_create((size_t)plan->limits.history);
    recorder->metrics =
        sim_alloc_array((size_t)plan->group_count * SIM_METRICS_MAX, sizeof(*recorder->metrics));
    recorder->kinds = sim_alloc_array(plan->group_count, sizeof(*recorder->kinds));
    recorder->fired = sim_alloc_array(plan->fault_count, sizeof(*recorder->fired));
    recorder->observer = (struct sim_observer){
        .context = recorder,
        .happening = trace != NULL ? on_happening : NULL,
        .invoked = on_invoked,
        .completed = on_completed,
        .window = on_window,
        .metric = on_metric,
        .violated = on_violated,
        .fault = on_fault,
        .halted = on_halted,
    };
    return recorder;
}

void sim_recorder_destroy(struct sim_recorder *recorder)
{
    if (recorder == NULL)
        return;
    for (size_t i = 0; i < (size_t)recorder->plan->group_count * SIM_METRICS_MAX; i++) {
        sim_free(recorder->metrics[i].last);
        sim_histogram_finish(&recorder->metrics[i].histogram);
    }
    for (size_t i = 0; i < recorder->violation_count; i++) {
        sim_free(recorder->violations[i].invariant);
        sim_free(recorder->violations[i].text);
    }
    sim_free(recorder->violations);
    sim_free(recorder->windows);
    sim_free(recorder->strikes);
    sim_struck_finish(&recorder->written);
    sim_free(recorder->asked);
    sim_free(recorder->fates);
    sim_free(recorder->draws);
    sim_free(recorder->forms);
    sim_free(recorder->halts);
    sim_free(recorder->metrics);
    sim_free(recorder->kinds);
    sim_free(recorder->fired);
    sim_history_destroy(recorder->history);
    sim_names_finish(&recorder->names);
    sim_free(recorder);
}

void sim_recorder_keep_struck(struct sim_recorder *recorder)
{
    recorder->observer.struck = on_struck;
}

void sim_recorder_keep_decisions(struct sim_recorder *recorder)
{
    recorder->observer.struck = on_struck;
    recorder->observer.asked = on_asked;
    recorder->observer.fated = on_fated;
    recorder->observer.drew = on_drew;
}

struct sim_decisions sim_recorder_decisions(const struct sim_recorder *recorder)
{
    return (struct sim_decisions){
        .struck = recorder->written.items,
        .asked = recorder->asked,
        .fates = recorder->fates,
        .draws = recorder->draws,
        .forms = recorder->forms,
        .struck_count = recorder->written.count,
        .asked_count = recorder->asked_count,
        .fate_count = recorder->fate_count,
        .draw_count = recorder->draw_count,
    };
}

const struct sim_observer *sim_recorder_observer(struct sim_recorder *recorder)
{
    return &recorder->observer;
}

void sim_recorder_listen(struct sim_recorder *recorder,
                         void (*happening)(void *context, const struct sim_happening *happening),
                         void *context)
{
    recorder->listener = happening;
    recorder->listener_context = context;
    recorder->observer.happening = on_happening;
}

void sim_recorder_end(struct sim_recorder *recorder, sim_time now)
{
    assert(!recorder->has_ended);
    recorder->has_ended = true;
    recorder->ended = now;
    for (size_t i = 0; i < recorder->window_count; i++) {
        if (recorder->windows[i].open)
            recorder->windows[i].to = now;
    }
    for (size_t i = 0; i < recorder->strike_count; i++) {
        if (recorder->strikes[i].open)
            recorder->strikes[i].to = now;
    }
    if (recorder->trace != NULL)
        sim_trace_flush(recorder->trace);
}

/* -- asking ------------------------------------------------------------------------------------ */

const struct sim_plan *sim_recorder_plan(const struct sim_recorder *recorder)
{
    return recorder->plan;
}

const struct sim_names *sim_recorder_names(const struct sim_recorder *recorder)
{
    return &recorder->names;
}

const struct sim_history *sim_recorder_history(const struct sim_recorder *recorder)
{
    return recorder->history;
}

size_t sim_recorder_windows(const struct sim_recorder *recorder, const struct sim_window **windows)
{
    *windows = recorder->windows;
    return recorder->window_count;
}

size_t sim_recorder_strikes(const struct sim_recorder *recorder, const struct sim_strike **strikes,
                            uint64_t *all)
{
    *strikes = recorder->strikes;
    *all = recorder->struck;
    return recorder->strike_count;
}

struct sim_fired sim_recorder_fired(const struct sim_recorder *recorder, uint32_t fault)
{
    assert(fault < recorder->plan->fault_count);
    return recorder->fired[fault];
}

const struct sim_struck *sim_recorder_struck(const struct sim_recorder *recorder, size_t *count)
{
    *count = recorder->written.count;
    return recorder->written.items;
}

size_t sim_recorder_halts(const struct sim_recorder *recorder, const struct sim_halt_record **halts)
{
    *halts = recorder->halts;
    return recorder->halt_count;
}

size_t sim_recorder_violations(const struct sim_recorder *recorder,
                               const struct sim_violation_record **violations)
{
    *violations = recorder->violations;
    return recorder->violation_count;
}

unsigned sim_recorder_kinds(const struct sim_recorder *recorder, uint32_t group)
{
    unsigned kinds = 0;

    for (uint32_t i = 0; i < recorder->plan->group_count; i++) {
        if (group == SIM_NO_GROUP || group == i)
            kinds |= recorder->kinds[i];
    }
    return kinds;
}

int64_t sim_recorder_metric(const struct sim_recorder *recorder, uint32_t group, unsigned metric)
{
    return metric_at(recorder, group, metric)->value;
}

sim_time sim_recorder_first(const struct sim_recorder *recorder, uint32_t group, unsigned metric)
{
    const struct metric *at = metric_at(recorder, group, metric);

    return at->begun > 0 ? at->begun - 1 : SIM_TIME_NEVER;
}

const struct sim_histogram *sim_recorder_metric_histogram(const struct sim_recorder *recorder,
                                                          uint32_t group, unsigned metric)
{
    return &metric_at(recorder, group, metric)->histogram;
}

/* Splits "cut[2]" into the length of "cut" and 2; 0 stands for all. */
static size_t split_label(const char *label, size_t *number)
{
    size_t length = strlen(label), start = length;

    *number = 0;
    if (length < 4 || label[length - 1] != ']')
        return length;
    for (start = length - 1; start > 0 && label[start - 1] >= '0' && label[start - 1] <= '9';
         start--)
        ;
    if (start < 2 || start == length - 1 || label[start - 1] != '[')
        return length;
    for (size_t i = start; i < length - 1 && *number < SIZE_MAX / 10 - 1; i++)
        *number = *number * 10 + (size_t)(label[i] - '0');
    return *number > 0 ? start - 1 : length;
}

bool sim_recorder_window(const struct sim_recorder *recorder, const char *label, size_t index,
                         struct sim_window *window)
{
    size_t number, length = split_label(label, &number), at = 0;

    if (number > 0) {
        if (index > 0)
            return false;
        index = number - 1;
    }
    for (size_t i = 0; i < recorder->window_count; i++) {
        const char *name = recorder->plan->faults[recorder->windows[i].fault].label;

        if (name == NULL || strncmp(name, label, length) != 0 || name[length] != '\0')
            continue;
        if (at++ == index) {
            *window = recorder->windows[i];
            return true;
        }
    }
    return false;
}

bool sim_recorder_misses(const struct sim_recorder *recorder, const char *label)
{
    size_t number, length = split_label(label, &number);

    for (size_t i = 0; i < recorder->strike_count; i++) {
        const char *name = recorder->plan->faults[recorder->strikes[i].fault].label;

        if (recorder->strikes[i].count == 0 && name != NULL && strncmp(name, label, length) == 0 &&
            name[length] == '\0')
            return true;
    }
    return false;
}

struct sim_span *sim_recorder_spans(const struct sim_recorder *recorder, const char *label,
                                    size_t *count)
{
    struct sim_span *spans = sim_alloc_array(recorder->window_count + 1, sizeof(*spans));
    size_t number, length, seen = 0;

    *count = 0;
    if (label == NULL) {
        spans[(*count)++] = (struct sim_span){ 0, SIM_TIME_NEVER };
        return spans;
    }
    length = split_label(label, &number);
    for (size_t i = 0; i < recorder->window_count; i++) {
        const struct sim_window *window = &recorder->windows[i];
        const char *name = recorder->plan->faults[window->fault].label;
        sim_time to = window->open ? SIM_TIME_NEVER : window->to;

        if (name == NULL || strncmp(name, label, length) != 0 || name[length] != '\0')
            continue;
        seen++;
        if (number != 0 && seen != number)
            continue;
        /* windows stand in the order of opening */
        if (*count > 0 && window->from <= spans[*count - 1].to) {
            if (to > spans[*count - 1].to)
                spans[*count - 1].to = to;
        } else {
            spans[(*count)++] = (struct sim_span){ window->from, to };
        }
    }
    return spans;
}

bool sim_recorder_in_window(const struct sim_recorder *recorder, const char *label, sim_time t)
{
    size_t count;
    struct sim_span *spans = sim_recorder_spans(recorder, label, &count);
    bool within = false;

    for (size_t i = 0; i < count && !within; i++)
        within = t >= spans[i].from && t < spans[i].to;
    sim_free(spans);
    return within;
}

sim_time sim_recorder_measured(const struct sim_recorder *recorder, const char *label)
{
    size_t count;
    struct sim_span *spans = sim_recorder_spans(recorder, label, &count);
    sim_time sum = 0;

    assert(recorder->has_ended);
    for (size_t i = 0; i < count; i++) {
        sim_time from =
            spans[i].from > recorder->plan->warmup ? spans[i].from : recorder->plan->warmup;
        sim_time to = spans[i].to < recorder->ended ? spans[i].to : recorder->ended;

        if (to > from)
            sum += to - from;
    }
    sim_free(spans);
    return sum;
}
