/* field.h - things described once: fields of parameters and states, records of messages and notes.
 *
 * From these tables come the parsing of YAML with its ranges, help texts, the JSON Schema, the
 * contents of messages in traces, selectors such as `where: {role: leader}`, and the digest. A
 * table ends with an entry without a name.
 *
 * A default, least and most are written as a user would write them in YAML ("150ms..300ms", "20ms",
 * "{zipf: 0.99}"); a NULL default makes the field required, SIM_OPTIONAL leaves it zeroed (NULL
 * pointers, 0) when absent.
 *
 * Ownership: tables are static; what parsing allocates for a field (distributions, arrays) belongs
 * to the plan. */
#ifndef SIM_CORE_FIELD_H
#define SIM_CORE_FIELD_H

#include "sim/core/distribution.h"
#include "sim/core/rng.h"
#include "sim/core/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_field_type {
    SIM_FIELD_DURATION,     /* sim_time */
    SIM_FIELD_INTEGER,      /* int64_t: a plain count */
    SIM_FIELD_NUMBER,       /* double, from a plain decimal */
    SIM_FIELD_BOOLEAN,      /* bool */
    SIM_FIELD_CHOICE,       /* int64_t: index into `choices` */
    SIM_FIELD_PROBABILITY,  /* sim_probability */
    SIM_FIELD_SHARE,        /* double from 0 to 1: a bound such as "at least 99.5%" */
    SIM_FIELD_RATE,         /* struct sim_rate */
    SIM_FIELD_SIZE,         /* uint64_t bytes */
    SIM_FIELD_BANDWIDTH,    /* uint64_t bytes per second */
    SIM_FIELD_DISTRIBUTION, /* const struct sim_distribution * */
    SIM_FIELD_POPULARITY,   /* struct sim_popularity *: uniform, {zipf: s}, {hotspot: ...} */
    SIM_FIELD_PPM,          /* struct sim_ppm_range: "50ppm" or "-100ppm..100ppm" */
    SIM_FIELD_TEXT,         /* const char * */
    SIM_FIELD_OBJECT,       /* a nested struct described by `fields` */
    SIM_FIELD_MIX, /* int64_t[one per choice]: a mapping choice -> share, in parts per million, sum
                      10^6 */
    SIM_FIELD_GROUP, /* uint32_t: index of a node group, named by the user; SIM_NO_GROUP when absent
                      */
    SIM_FIELD_LABEL, /* const char *: the label of a fault, with an optional [n]; NULL when absent
                      */
    SIM_FIELD_OPERATIONS, /* const struct sim_operation_list *: what clients are to do (operation.h)
                           */
    SIM_FIELD_LIST, /* struct sim_list: items described by `fields`, which end with SIM_ITEM */
    SIM_FIELD_WORD, /* int64_t: a field of a state, read by traces and selectors, never parsed */
    SIM_FIELD_FLAG, /* bool: the same for a yes/no */
};

#define SIM_NO_GROUP UINT32_MAX
#define SIM_OPTIONAL ""

struct sim_list {
    const void *items; /* structs, one after the other */
    uint32_t count;
};

struct sim_rate { /* COUNT things per PER nanoseconds, exact */
    int64_t count;
    sim_time per;
};

struct sim_ppm_range { /* parts per million, times 1000 */
    int64_t low_ppb, high_ppb;
};

struct sim_field {
    const char *name;
    enum sim_field_type type;
    uint32_t offset;
    bool watched;         /* of a state: a change of it runs the invariants and may fire triggers */
    const char *standard; /* the default */
    const char *least, *most;
    const char *help;
    const char *const *choices; /* NULL-terminated, for CHOICE, MIX and WORD (an enum in a state) */
    const struct sim_field *fields; /* for OBJECT; of a MIX: those that have names, each with its
                                       shares as the default, or NULL */
};

#define SIM_FIELD_(kind, type, member, standard, least, most, help)                                \
    {                                                                                              \
#member, kind, offsetof(type, member), false, standard, least, most, help, NULL, NULL      \
    }
#define SIM_DURATION(t, m, standard, least, most, help)                                            \
    SIM_FIELD_(SIM_FIELD_DURATION, t, m, standard, least, most, help)
#define SIM_INTEGER(t, m, standard, least, most, help)                                             \
    SIM_FIELD_(SIM_FIELD_INTEGER, t, m, standard, least, most, help)
#define SIM_NUMBER(t, m, standard, least, most, help)                                              \
    SIM_FIELD_(SIM_FIELD_NUMBER, t, m, standard, least, most, help)
#define SIM_BOOLEAN(t, m, standard, help)                                                          \
    SIM_FIELD_(SIM_FIELD_BOOLEAN, t, m, standard, NULL, NULL, help)
#define SIM_PROBABILITY(t, m, standard, help)                                                      \
    SIM_FIELD_(SIM_FIELD_PROBABILITY, t, m, standard, NULL, NULL, help)
#define SIM_SHARE(t, m, standard, help)                                                            \
    SIM_FIELD_(SIM_FIELD_SHARE, t, m, standard, NULL, NULL, help)
#define SIM_RATE(t, m, standard, least, most, help)                                                \
    SIM_FIELD_(SIM_FIELD_RATE, t, m, standard, least, most, help)
#define SIM_SIZE(t, m, standard, least, most, help)                                                \
    SIM_FIELD_(SIM_FIELD_SIZE, t, m, standard, least, most, help)
#define SIM_BANDWIDTH(t, m, standard, least, most, help)                                           \
    SIM_FIELD_(SIM_FIELD_BANDWIDTH, t, m, standard, least, most, help)
#define SIM_DISTRIBUTION(t, m, standard, least, most, help)                                        \
    SIM_FIELD_(SIM_FIELD_DISTRIBUTION, t, m, standard, least, most, help)
#define SIM_POPULARITY(t, m, standard, help)                                                       \
    SIM_FIELD_(SIM_FIELD_POPULARITY, t, m, standard, NULL, NULL, help)
#define SIM_PPM(t, m, standard, least, most, help)                                                 \
    SIM_FIELD_(SIM_FIELD_PPM, t, m, standard, least, most, help)
#define SIM_TEXT(t, m, standard, help) SIM_FIELD_(SIM_FIELD_TEXT, t, m, standard, NULL, NULL, help)
#define SIM_GROUP(t, m, standard, help)                                                            \
    SIM_FIELD_(SIM_FIELD_GROUP, t, m, standard, NULL, NULL, help)
#define SIM_LABEL(t, m, standard, help)                                                            \
    SIM_FIELD_(SIM_FIELD_LABEL, t, m, standard, NULL, NULL, help)
#define SIM_OPERATIONS(t, m, help)                                                                 \
    SIM_FIELD_(SIM_FIELD_OPERATIONS, t, m, SIM_OPTIONAL, NULL, NULL, help)
#define SIM_LIST_(t, m, standard, fields, help)                                                    \
    {                                                                                              \
#m, SIM_FIELD_LIST, offsetof(t, m), false, standard, NULL, NULL, help, NULL, fields        \
    }
#define SIM_LIST(t, m, fields, help) SIM_LIST_(t, m, SIM_OPTIONAL, fields, help)
#define SIM_LIST_REQUIRED(t, m, fields, help) SIM_LIST_(t, m, NULL, fields, help)
/* The end of the table of a list's items, which tells their size. */
#define SIM_ITEM(t) { NULL, SIM_FIELD_WORD, sizeof(t), false, NULL, NULL, NULL, NULL, NULL, NULL }
#define SIM_CHOICE(t, m, standard, choices, help)                                                  \
    {                                                                                              \
#m, SIM_FIELD_CHOICE, offsetof(t, m), false, standard, NULL, NULL, help, choices, NULL     \
    }
#define SIM_MIX(t, m, standard, choices, help)                                                     \
    {                                                                                              \
#m, SIM_FIELD_MIX, offsetof(t, m), false, standard, NULL, NULL, help, choices, NULL        \
    }
#define SIM_MIX_NAMED(t, m, standard, choices, named, help)                                        \
    {                                                                                              \
#m, SIM_FIELD_MIX, offsetof(t, m), false, standard, NULL, NULL, help, choices, named       \
    }
#define SIM_OBJECT(t, m, fields, help)                                                             \
    {                                                                                              \
#m, SIM_FIELD_OBJECT, offsetof(t, m), false, SIM_OPTIONAL, NULL, NULL, help, NULL, fields  \
    }
/* fields of a state */
#define SIM_STATE(t, m, help)                                                                      \
    {                                                                                              \
#m, SIM_FIELD_WORD, offsetof(t, m), false, NULL, NULL, NULL, help, NULL, NULL              \
    }
#define SIM_WATCHED(t, m, help)                                                                    \
    {                                                                                              \
#m, SIM_FIELD_WORD, offsetof(t, m), true, NULL, NULL, NULL, help, NULL, NULL               \
    }
#define SIM_WATCHED_CHOICE(t, m, choices, help)                                                    \
    {                                                                                              \
#m, SIM_FIELD_WORD, offsetof(t, m), true, NULL, NULL, NULL, help, choices, NULL            \
    }

/* A record: 64-bit words with names, the body of a message, note, entry or operation.
 *   SIM_RECORD(vote, term, candidate);
 * declares struct vote { int64_t term, candidate; } and vote_record, its description. */
struct sim_record {
    const char *name;
    const char *fields; /* "term, candidate" */
    uint32_t words;
};

enum { SIM_RECORD_WORDS_MAX = 12 };

#define SIM_RECORD(tag, ...)                                                                       \
    struct tag {                                                                                   \
        int64_t __VA_ARGS__;                                                                       \
    };                                                                                             \
    _Static_assert(sizeof(struct tag) <= SIM_RECORD_WORDS_MAX * sizeof(int64_t),                   \
                   "too many words");                                                              \
    __attribute__((unused)) static const struct sim_record tag##_record = {                        \
        #tag, #__VA_ARGS__, sizeof(struct tag) / sizeof(int64_t)                                   \
    }
#define SIM_WORDS(tag) (&tag##_record)

/* Bytes of an item of the list FIELD. */
size_t sim_field_item(const struct sim_field *field);
/* Whether an item of LIST may be written as a plain value, which is that of its first field: no
 * other is required. `of: [stock, payment]` is `of: [{group: stock}, {group: payment}]`. */
bool sim_field_has_bare_items(const struct sim_field *list);
/* Bytes that FIELD takes in its struct; it is no OBJECT and no word of a state. */
size_t sim_field_size(const struct sim_field *field);

/* The name of word N of RECORD: returns its start within record->fields and sets LENGTH. */
const char *sim_record_field(const struct sim_record *record, uint32_t n, size_t *length);

struct sim_plan;

enum { SIM_CHECK_TEXT = 160 };

/* A thing with parameters, as the scenario's loader sees it (a checker, say): the loader needs no
 * more. */
struct sim_described {
    const char *name;
    const char *summary;
    const struct sim_field *fields;
    size_t size; /* of the struct that the fields lie in */
    /* What no field can tell alone; NULL: nothing. Says in TEXT what is wrong and returns the
     * parameter to blame, "" if it is all of them together, NULL if nothing is wrong. PLAN has the
     * groups; it is NULL where they are wrong themselves. */
    const char *(*check)(const void *params, const struct sim_plan *plan,
                         char text[SIM_CHECK_TEXT]);
    /* Of a checker: how the figures are written that it measures in a run (a duration, a share or a
     * rate), and of which there can be statistics; NULL: it measures none. */
    const struct sim_field *figure;
    /* How many it measures with these parameters; NULL: one. */
    size_t (*figures)(const void *params);
    const char *source; /* paper; or NULL */
};

#endif
