#include "models/parts/hlc.h"

/* Figure 5, "send or local event": l' := l; l := max(l', pt); if l = l' then c := c + 1 else c := 0
 */
struct hlc hlc_tick(struct hlc *clock, sim_time wall)
{
    if (wall > clock->l)
        *clock = (struct hlc){ wall, 0 };
    else
        clock->c++;
    return *clock;
}

/* Figure 5, "receive event of message m": l := max(l', l.m, pt), and c by which of them it is. */
struct hlc hlc_receive(struct hlc *clock, struct hlc sent, sim_time wall)
{
    if (wall > clock->l && wall > sent.l)
        *clock = (struct hlc){ wall, 0 };
    else if (hlc_compare(*clock, sent) >= 0)
        clock->c++; /* l = l' > l.m, or l = l' = l.m and c = max(c, c.m) + 1 */
    else
        *clock = (struct hlc){ sent.l, sent.c + 1 };
    return *clock;
}

bool hlc_is_credible(struct hlc sent, sim_time wall, sim_time bound)
{
    return sent.l <= wall || sent.l - wall <= bound;
}

int hlc_compare(struct hlc a, struct hlc b)
{
    if (a.l != b.l)
        return a.l < b.l ? -1 : 1;
    return (a.c > b.c) - (a.c < b.c);
}
