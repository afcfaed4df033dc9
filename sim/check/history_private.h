/* history_private.h - what the files of the reader of histories share.
 *
 * bytes -> forms (history_edn.c, history_json.c) -> events (history_events.c; of logs,
 * history_log.c) -> operations (history_operations.c), one map at a time. Private to sim/check. */
#ifndef SIM_CHECK_HISTORY_PRIVATE_H
#define SIM_CHECK_HISTORY_PRIVATE_H

#include "sim/check/history_reader.h"
#include "sim/observe/input.h"

#define SIM_FORM_NONE UINT32_MAX

/* -- forms: the values of one map, each followed by what is in it -------------------------------
 */

enum sim_form_kind {
    SIM_FORM_NIL,
    SIM_FORM_INTEGER,
    SIM_FORM_NUMBER, /* any other */
    SIM_FORM_STRING,
    SIM_FORM_KEYWORD,
    SIM_FORM_SYMBOL, /* true, false, \c, ... */
    SIM_FORM_VECTOR,
    SIM_FORM_LIST,
    SIM_FORM_SET,
    SIM_FORM_MAP,
};

struct sim_form {
    enum sim_form_kind kind;
    bool tuple;             /* tagged as a key and its value */
    uint32_t start, length; /* bytes from the start of the map */
    uint32_t count;         /* children */
    uint32_t next;          /* the form behind the last child */
    int64_t integer;
};

struct sim_form_frame {
    enum { SIM_FRAME_CONTAINER, SIM_FRAME_TAG, SIM_FRAME_DISCARD } kind;
    uint32_t form; /* the container */
    uint32_t start;
    char closer;
    bool tuple;
};

enum sim_scan { SIM_SCAN_FORM, SIM_SCAN_END, SIM_SCAN_FAULT };

struct sim_scanner {
    struct sim_input input;
    size_t begin;   /* offset of the map at hand in input.bytes */
    const char *at; /* within input.bytes */
    bool inside;    /* a map is at hand: keep it */
    bool bounded;   /* input.used is the end of a line */
    struct sim_form *forms;
    size_t count, capacity;
    struct sim_form_frame frames[SIM_HISTORY_NESTING_MAX];
    size_t depth;
    char closer;    /* of the one vector or list around all maps, 0: none */
    bool closed;    /* it was met */
    bool separated; /* JSON: a comma was met */
    size_t map_count;
    struct sim_history_fault *fault;
};

/* More text behind scanner->at == the NUL. False: the end, or a fault. */
bool sim_scanner_more(struct sim_scanner *scanner);
/* Are COUNT bytes there, from scanner->at? */
bool sim_scanner_has(struct sim_scanner *scanner, size_t count);
/* The map at hand begins at scanner->at. */
void sim_scanner_begin(struct sim_scanner *scanner);
bool sim_scanner_at_end(const struct sim_scanner *scanner, const char *at);
uint32_t sim_scanner_add(struct sim_scanner *scanner, enum sim_form_kind kind, const char *start,
                         size_t length);
/* The last character of a token from scanner->at, by a table of those that end one. NULL: a fault.
 */
const char *sim_scanner_token(struct sim_scanner *scanner, const bool ends[256]);
/* The end of the string whose quote is at scanner->at, behind its other quote; NULL: a fault. */
const char *sim_scanner_string(struct sim_scanner *scanner);
/* A whole number of DIGITS; false if it does not fit. */
bool sim_scanner_integer(const char *digits, size_t count, bool negative, int64_t *value);
bool sim_scanner_push(struct sim_scanner *scanner, struct sim_form_frame frame);

/* Records what is wrong with LENGTH bytes from START (an offset in the map at hand) and returns
 * SIM_SCAN_FAULT; the first counts. HINT may be NULL. */
enum sim_scan sim_scanner_fault(struct sim_scanner *scanner, size_t start, size_t length,
                                const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The next map, its forms in scanner->forms[0]...; what surrounds maps is passed over. */
enum sim_scan sim_edn_next(struct sim_scanner *scanner);
enum sim_scan sim_json_next(struct sim_scanner *scanner);
/* One form of EDN; no form if the text ends or CLOSER comes first. */
enum sim_scan sim_edn_form(struct sim_scanner *scanner);
/* Passes over blanks, commas and comments. */
bool sim_edn_blank(struct sim_scanner *scanner);

/* -- texts and keys -----------------------------------------------------------------------------
 */

struct sim_history_texts {
    struct sim_history_text {
        char *bytes;
        uint32_t length;
    } * texts;
    size_t count, capacity;
    uint32_t *slots; /* text plus one, 0: free */
    size_t slot_count;
};

struct sim_history_texts *sim_history_texts_create(void);
void sim_history_texts_destroy(struct sim_history_texts *texts);
uint32_t sim_history_texts_number(struct sim_history_texts *texts, const char *bytes,
                                  size_t length);

/* A table from 64-bit names to numbers, in the order in which they come. */
struct sim_history_index {
    int64_t *names;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
};

uint32_t sim_history_index_number(struct sim_history_index *index, int64_t name);
void sim_history_index_finish(struct sim_history_index *index);

/* -- events -------------------------------------------------------------------------------------
 */

enum sim_event_type { SIM_EVENT_INVOKE, SIM_EVENT_OK, SIM_EVENT_FAIL, SIM_EVENT_INFO };

/* The forms of an event's fields, SIM_FORM_NONE where there is none. */
struct sim_event_fields {
    uint32_t process, type, operation, value, key, time, result;
};

/* A process, and what it has open. */
struct sim_pending {
    uint32_t operation; /* its open one plus one; 0: none */
    enum sim_linear_kind kind;
    bool keyed;     /* its value is [key value] */
    bool has_key;   /* either way */
    uint64_t ended; /* place of its last completion, of completions alone */
};

/* The longest list that reads of a key gave, with room behind it: shorter ones share it. */
struct sim_longest {
    int64_t *words;
    size_t count, capacity;
};

struct sim_reader {
    struct sim_scanner scanner;
    const struct sim_history_reading *reading;
    struct sim_history_found *found;
    size_t most, capacity, origin_capacity;
    struct sim_history_index processes;
    struct sim_pending *pending; /* by number of the process */
    size_t pending_capacity;
    struct sim_pending lone;             /* of events without a process */
    uint64_t lone_event;                 /* the last of them that was an invocation, plus one */
    bool bare;                           /* completions alone */
    struct sim_history_fault bare_fault; /* if there are invocations after all */
    uint64_t firsts;                     /* bare operations that may begin at once */
    struct sim_history_index keys;       /* of lists */
    struct sim_longest *longest;         /* by number of the key */
    size_t longest_capacity, list_capacity;
    int64_t *words; /* a list on its way */
    size_t word_capacity;
    uint64_t zeros, deletes; /* answers of 0 and swaps from 0; ok deletes */
};

static inline const struct sim_form *sim_reader_form(const struct sim_reader *reader, uint32_t form)
{
    return &reader->scanner.forms[form];
}

static inline const char *sim_reader_bytes(const struct sim_reader *reader, uint32_t form)
{
    const struct sim_scanner *scanner = &reader->scanner;

    return scanner->input.bytes + scanner->begin + scanner->forms[form].start;
}

/* Records what is wrong with FORM (SIM_FORM_NONE: the whole map), and is false. */
#define SIM_READER_FAULT(reader, form, hint, ...)                                                  \
    (sim_scanner_fault(&(reader)->scanner,                                                         \
                       (form) == SIM_FORM_NONE ? 0 : sim_reader_form(reader, form)->start,         \
                       (form) == SIM_FORM_NONE ? 1 : sim_reader_form(reader, form)->length, hint,  \
                       __VA_ARGS__) == SIM_SCAN_FORM)

/* The text of a keyword without its colon, or of a string without its quotes; "" of others. */
const char *sim_reader_name(const struct sim_reader *reader, uint32_t form, size_t *length);
bool sim_reader_is(const struct sim_reader *reader, uint32_t form, const char *name);
/* The number of a text among all texts, as a value. */
int64_t sim_reader_text(struct sim_reader *reader, uint32_t form);

/* What OPERATION asks, into it; its answer, likewise. False: a fault. */
bool sim_reader_ask(struct sim_reader *reader, const struct sim_event_fields *fields,
                    struct sim_pending *pending, struct sim_linear_operation *operation);
bool sim_reader_answer(struct sim_reader *reader, const struct sim_event_fields *fields,
                       struct sim_pending *pending, struct sim_linear_operation *operation);

/* The kind of operation that the fields name; false: a fault. */
bool sim_reader_kind(struct sim_reader *reader, const struct sim_event_fields *fields,
                     enum sim_linear_kind *kind);

/* Takes the event whose fields are among the scanner's forms. False: a fault. */
bool sim_reader_event(struct sim_reader *reader, const struct sim_event_fields *fields);
/* Takes the map at hand. */
bool sim_reader_map(struct sim_reader *reader);
/* Reads a whole log. */
void sim_reader_log(struct sim_reader *reader);
/* After the last event: chooses the readings, drops what says nothing. */
void sim_reader_close(struct sim_reader *reader);

#endif
