/* history_reader.h - histories from elsewhere, read into what the judge of linearizability takes.
 *
 * Four formats: Jepsen's EDN (maps in sequence, or one vector or list of them), its JSON twin, the
 * text logs of Jepsen's etcd tests, and the JSON Lines of sim/observe/history.h. Files are read in
 * pieces; only one map is in memory at a time, so that memory goes with the operations.
 *
 * The order of the file is the order of real time. A completion closes the one open invocation of
 * its process; without a process (and only then) that of the event just before it. What is not
 * completed, or ends as `info`, may take effect at any time or never. A failed operation did not
 * happen, and a read without an answer says nothing: both are dropped. A file that has completions
 * alone tells no beginnings: each operation may have begun as soon as its process had ended the one
 * before, which can only excuse. The rest is a matter of reading, and an option: whether a failed
 * compare-and-set proves that the state was another, whether a read of nil saw nothing or is
 * unknown, and what the state was at first.
 *
 * Limits: a map of SIM_HISTORY_FORM_MAX bytes, a word or string of SIM_HISTORY_TOKEN_MAX bytes,
 * nesting of SIM_HISTORY_NESTING_MAX; operations by option. Texts are told apart as written.
 *
 * Ownership: a result is finished by sim_history_reader_finish; names are its own. Errors: the
 * first ends the reading and stands in `fault`, with its place. Determinism: a function of the
 * bytes. */
#ifndef SIM_CHECK_HISTORY_READER_H
#define SIM_CHECK_HISTORY_READER_H

#include "sim/check/linearizable.h"

#include <stdio.h>

enum {
    SIM_HISTORY_FORM_MAX = 1 << 26,
    SIM_HISTORY_TOKEN_MAX = 1 << 20,
    SIM_HISTORY_NESTING_MAX = 64,
    SIM_HISTORY_OPERATIONS_DEFAULT = 50000000,
};
#define SIM_HISTORY_OPERATIONS_MAX 0x7fffffff

enum sim_history_format {
    SIM_HISTORY_BY_CONTENT,
    SIM_HISTORY_EDN,
    SIM_HISTORY_JSON,  /* Jepsen's maps as JSON: an array of objects, or one after another */
    SIM_HISTORY_LINES, /* of sim_history_write */
    SIM_HISTORY_LOG,
};
extern const char *const sim_history_format_names[]; /* "auto", "edn", ..., NULL */

enum sim_history_model {
    SIM_HISTORY_REGISTER, /* read, write, cas */
    SIM_HISTORY_COUNTER,  /* read, add */
    SIM_HISTORY_SET,      /* read, add */
    SIM_HISTORY_LIST,     /* read, append */
    SIM_HISTORY_MUTEX,    /* acquire, release */
    SIM_HISTORY_KV,       /* read, write, cas, add, append, delete */
};
extern const char *const sim_history_model_names[]; /* "register", ..., NULL */

enum sim_history_nil_reads {
    SIM_HISTORY_NIL_BY_FILE,
    SIM_HISTORY_NIL_VALUE,   /* saw nothing */
    SIM_HISTORY_NIL_UNKNOWN, /* of unknown result, always legal */
};

enum sim_history_initial {
    SIM_HISTORY_INITIAL_BY_FILE, /* nothing; 0 if a register shows it before it can be written */
    SIM_HISTORY_INITIAL_GIVEN,
};

struct sim_history_reading {
    enum sim_history_format format;
    enum sim_history_model model;
    enum sim_history_nil_reads nil_reads;
    enum sim_history_initial initial_from;
    int64_t initial;         /* if given; SIM_NIL: nothing */
    bool failed_cas_differs; /* a failed compare-and-set saw another state; else it is dropped */
    size_t operations;       /* limit; 0: the default */
    size_t piece;            /* bytes read at a time; 0: the default */
};

enum { SIM_HISTORY_MESSAGE = 320, SIM_HISTORY_EXCERPT = 1024 };

struct sim_history_fault {
    char message[SIM_HISTORY_MESSAGE]; /* empty: nothing is wrong */
    char hint[SIM_HISTORY_MESSAGE];    /* or empty */
    uint64_t line, column, length;     /* line 0: no place; columns and length count characters */
    char excerpt[SIM_HISTORY_EXCERPT]; /* of the line, from column excerpt_column */
    size_t excerpt_length;
    uint64_t excerpt_column;
};

/* Where an operation came from. */
struct sim_history_origin {
    uint32_t line_invoked, line_returned; /* 0: none */
    uint32_t process_text;                /* of a process with a name: its number plus one */
};

struct sim_history_counts {
    uint64_t events;      /* of clients */
    uint64_t others;      /* of the nemesis: ignored */
    uint64_t operations;  /* all that were read */
    uint64_t invocations; /* 0 in a file of completions alone */
    uint64_t ok, failed;
    uint64_t unknown; /* ended as info, or never */
    uint64_t dropped; /* not judged: failed, reads without an answer, nil reads of unknown result */
};

struct sim_history_found {
    struct sim_history_fault fault;
    struct sim_linear_operation *operations; /* in order of invocation */
    struct sim_history_origin *origins;      /* of each */
    size_t count;
    struct sim_history_counts counts;
    enum sim_history_format format;
    enum sim_history_nil_reads nil_reads; /* as chosen */
    int64_t initial;
    bool has_nil_reads, has_times; /* without times, the ns of operations count events */
    struct sim_history_texts *texts;
    int64_t **lists;
    size_t list_count;
};

void sim_history_reader_file(FILE *file, const struct sim_history_reading *reading,
                             struct sim_history_found *found);
void sim_history_reader_memory(const char *bytes, size_t count,
                               const struct sim_history_reading *reading,
                               struct sim_history_found *found);
void sim_history_reader_finish(struct sim_history_found *found);

/* Keys and values that are texts in the file have numbers from here downwards, in the order in
 * which they come. The text that VALUE stands for, as written, LENGTH bytes; NULL: a number. */
#define SIM_HISTORY_TEXTS_FROM (-1000000000000000000)
const char *sim_history_reader_text(const struct sim_history_found *found, int64_t value,
                                    size_t *length);
/* The name of the process of an operation; NULL: a number. */
const char *sim_history_reader_process(const struct sim_history_found *found, size_t operation,
                                       size_t *length);
/* The sessions of all operations, numbered: of a process with a name such as "app-3/0" what stands
 * before its last slash, else the process. For sim_free. */
uint32_t *sim_history_reader_sessions(const struct sim_history_found *found);

#endif
