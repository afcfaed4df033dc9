/* history_log.c - the text logs of Jepsen's etcd tests:
 *
 *   INFO  jepsen.util - 4  :invoke  :cas  [4 1]
 *
 * One event a line; between the fields stand tabs in some files and runs of blanks in others. Other
 * lines are of no interest. */
#include "sim/check/history_private.h"

#include <string.h>

static const char source[] = "jepsen.util";
enum { SOURCE = sizeof(source) - 1 };

static const char *pass_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* The process of the event that this line tells, or NULL: it tells none. */
static const char *find_event(const char *line, const char *end)
{
    const char *at = line, *process;

    for (;; at++) {
        at = memchr(at, source[0], (size_t)(end - at));
        if (at == NULL || end - at < SOURCE)
            return NULL;
        if (memcmp(at, source, SOURCE) == 0)
            break;
    }
    at = pass_blanks(at + SOURCE);
    if (*at != '-')
        return NULL;
    at = process = pass_blanks(at + 1);
    if (*at == ':') { /* :nemesis */
        while (*at != ' ' && *at != '\t' && at < end)
            at++;
    } else {
        while (*at >= '0' && *at <= '9')
            at++;
    }
    return at > process && at < end && *at != ':' && *pass_blanks(at) == ':' ? process : NULL;
}

/* The forms of the line up to scanner->input.used. */
static bool take_line(struct sim_reader *reader, const char *process)
{
    struct sim_event_fields fields = {
        0, SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE, SIM_FORM_NONE
    };
    uint32_t *places[] = { &fields.process, &fields.type, &fields.operation, &fields.value };
    size_t found = 0;

    reader->scanner.at = process;
    reader->scanner.count = 0;
    while (found < sizeof(places) / sizeof(places[0])) {
        uint32_t form = (uint32_t)reader->scanner.count;
        enum sim_scan scan = sim_edn_form(&reader->scanner);

        if (scan == SIM_SCAN_FAULT)
            return false;
        if (scan == SIM_SCAN_END)
            break;
        if (reader->scanner.count > form)
            *places[found++] = form;
    }
    return sim_reader_event(reader, &fields);
}

void sim_reader_log(struct sim_reader *reader)
{
    struct sim_scanner *scanner = &reader->scanner;
    struct sim_input *input = &scanner->input;
    bool good = true;

    while (good) {
        size_t length = 0, used, next;
        const char *end, *process;
        char last;

        scanner->inside = false;
        sim_scanner_begin(scanner);
        scanner->inside = true;
        while ((end = memchr(scanner->at + length, '\n', input->used - scanner->begin - length)) ==
               NULL) {
            length = input->used - scanner->begin;
            if (!sim_scanner_more(scanner))
                break;
        }
        if (scanner->fault->message[0] != '\0')
            return;
        if (end == NULL && input->used == scanner->begin)
            return;
        length = end != NULL ? (size_t)(end - scanner->at) : input->used - scanner->begin;
        /* the line is all there is, while it is read */
        next = scanner->begin + length;
        used = input->used;
        last = input->bytes[next];
        input->bytes[next] = '\0';
        input->used = next;
        scanner->bounded = true;
        process = find_event(scanner->at, scanner->at + length);
        good = process == NULL || take_line(reader, process);
        scanner->bounded = false;
        input->bytes[next] = last;
        input->used = used;
        scanner->at = input->bytes + next + (end != NULL);
    }
}
