/* foreign.h - histories from elsewhere in a line of text for each operation, or the fault in one.
 *
 *   p3 write 0:1 @0-2       process, operation, key:value, places; nothing after '-' while open
 *
 * Each text is read in pieces of 1, 2, 3, 7 and 4096 bytes too, with one result. */
#ifndef TESTS_LIB_FOREIGN_H
#define TESTS_LIB_FOREIGN_H

#include "sim/check/history_reader.h"

/* What READING makes of TEXT; the caller frees it. A fault: "2:17+5: message", "; hint" if any. */
char *foreign_text(const struct sim_history_reading *reading, const char *text);
char *foreign_bytes(const struct sim_history_reading *reading, const char *bytes, size_t count);
/* Then a line of what was counted and chosen:
 * "edn 6 events, 1 of others: 3 operations, 3 invoked, 2 ok, 0 failed, 1 unknown, 0 dropped;
 * initial nil, nil reads value" (in one line) */
char *foreign_summary(const struct sim_history_reading *reading, const char *text);

void foreign_expect(const struct sim_history_reading *reading, const char *text,
                    const char *expected);
void foreign_expect_summary(const struct sim_history_reading *reading, const char *text,
                            const char *expected);

#endif
