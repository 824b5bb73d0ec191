// SPDX-License-Identifier: GPL-2.0
/*
 * What calls of the PASID space cost, beside those of the allocator that Linux
 * 6.1 has. That one is compiled from the kernel's own file, with v61_ before
 * its names, see ../run.
 *
 * All is measured when the module is loaded, the process that loads it pays.
 * The samples are then in ioasid_bench of debugfs, a line each:
 *
 *	OPERATION<tab>LIVE<tab>WHO<tab>CALLS<tab>TOTAL TOTAL...
 *
 * TOTAL is what CALLS calls took together: instructions, or bytes. "nothing" is
 * the loop around them.
 */
#include <linux/delay.h>
#include <linux/ioasid.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/tick.h>
#include <linux/v61_ioasid.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "samples.h"

#define MAX_LIVE	1000000
/* Calls in a span of lookups, and such spans. */
#define CALLS		1000
#define SPANS		31
/* The same for allocations, whose deferred freeing comes in bursts. */
#define PAIRS		5000
#define BURSTS		15
/* Until everything deferred is freed: kfree_rcu() collects for five seconds. */
#define SETTLE_MS	8000

static u32 *live_ids;
static unsigned int live;
static u32 picks[CALLS];

static struct ioasid_set *set;
static struct v61_ioasid_set v61_set;
/* What numbers stand for. */
static int private;

static bool getter(void *data)
{
	return data;
}

/* Nobody knows what happens to a result. */
#define keep(result)	do {						\
	typeof(result) _result = (result);				\
									\
	OPTIMIZER_HIDE_VAR(_result);					\
} while (0)

static void nothing(u32 id)
{
	keep(id);
}

static void find(u32 id)
{
	keep(ioasid_find(NULL, id, NULL));
}

static void find_in_set(u32 id)
{
	keep(ioasid_find(set, id, NULL));
}

static void find_getter(u32 id)
{
	keep(ioasid_find(set, id, getter));
}

static void get_put(u32 id)
{
	keep(ioasid_get(set, id));
	ioasid_put(id);
}

static void v61_find(u32 id)
{
	keep(v61_ioasid_find(NULL, id, NULL));
}

static void v61_find_in_set(u32 id)
{
	keep(v61_ioasid_find(&v61_set, id, NULL));
}

static void v61_find_getter(u32 id)
{
	keep(v61_ioasid_find(&v61_set, id, getter));
}

static int alloc(void)
{
	return ioasid_alloc(set, 1, IOASID_MAX, &private);
}

static int v61_alloc(void)
{
	return v61_ioasid_alloc(&v61_set, 1, IOASID_MAX, &private);
}

static void give_back(u32 id)
{
	ioasid_free(id);
}

/*
 * Ours are given in a cycle. After some time that is anywhere: in the deepest
 * part of the tree, then, however few there are.
 */
static void age(void)
{
	ioasid_free(ioasid_alloc(set, 1 << 19, IOASID_MAX, NULL));
}

/* Instructions of a span, with the call compiled into the loop. */
static __always_inline u64 count(void (*call)(u32 id))
{
	unsigned long flags;
	u64 start, end;
	int i;

	local_irq_save(flags);
	start = rdtsc();
	for (i = 0; i < CALLS; i++)
		call(picks[i]);
	end = rdtsc();
	local_irq_restore(flags);
	return end - start;
}

#define SPAN(call)							\
	static u64 span_##call(void) { return count(call); }

SPAN(nothing)
SPAN(find)
SPAN(find_in_set)
SPAN(find_getter)
SPAN(get_put)
SPAN(v61_find)
SPAN(v61_find_in_set)
SPAN(v61_find_getter)

/* Instructions since boot: the clock, but for the time without any. */
static u64 busy(void)
{
	return ktime_get_ns() - get_cpu_idle_time_us(0, NULL) * NSEC_PER_USEC;
}

static void settle(void)
{
	rcu_barrier();
	msleep(SETTLE_MS);
	rcu_barrier();
}

static __always_inline u64 burst(int (*take)(void), void (*drop)(u32 id),
				 int pairs)
{
	u64 start = busy();

	while (pairs--)
		drop(take());
	settle();
	return busy() - start;
}

static u64 burst_v61(int pairs)
{
	return burst(v61_alloc, v61_ioasid_free, pairs);
}

static u64 burst_ours(int pairs)
{
	return burst(alloc, give_back, pairs);
}

static void charge(void)
{
	ioasid_install_capacity(IOASID_MAX + 1);
	age();
}

typedef u64 (*span_fn)(void);

/* Names of lookups; a contender has a span for each, or none. */
static const char * const lookups[] = {
	"nothing", "find", "find in set", "find, getter", "get+put",
};

static const span_fn v61_spans[ARRAY_SIZE(lookups)] = {
	span_nothing, span_v61_find, span_v61_find_in_set, span_v61_find_getter,
};

static const span_fn our_spans[ARRAY_SIZE(lookups)] = {
	span_nothing, span_find, span_find_in_set, span_find_getter,
	span_get_put,
};

/* The order matters: what has come far, or is charged, remains so. */
static const struct contender {
	const char *name;
	void (*prepare)(void);
	int (*alloc)(void);
	void (*free)(u32 id);
	const span_fn *spans;
	u64 (*burst)(int pairs);
} contenders[] = {
	{ "6.1", NULL, v61_alloc, v61_ioasid_free, v61_spans, burst_v61 },
	{ "ours", NULL, alloc, give_back, our_spans, NULL },
	{ "late", age, alloc, give_back, our_spans, NULL },
	{ "not charged", age, alloc, give_back, NULL, burst_ours },
	{ "ours", charge, alloc, give_back, NULL, burst_ours },
};

static void measure_lookups(const struct contender *who)
{
	int op, i, pick;
	u64 span;

	for (op = 0; op < ARRAY_SIZE(lookups) && who->spans[op]; op++) {
		note("%s\t%u\t%s\t%d\t", lookups[op], live, who->name,
		     CALLS);
		/* The first one is for warmth. */
		for (i = 0; i <= SPANS; i++) {
			for (pick = 0; pick < CALLS; pick++)
				picks[pick] = live_ids[prandom_u32_max(live)];
			span = who->spans[op]();
			if (i)
				note("%llu ", span);
		}
		note("\n");
	}
}

static void measure_pairs(const struct contender *who)
{
	u64 idle;
	int i;

	who->burst(PAIRS);
	/* What goes on in the kernel by itself. */
	idle = who->burst(0);
	note("alloc+free\t%u\t%s\t%d\t", live, who->name, PAIRS);
	for (i = 0; i < BURSTS; i++)
		note("%llu ", who->burst(PAIRS) - idle);
	note("\n");
}

/* Pages of the slab allocator, which all memory of numbers comes from. */
static unsigned long slab_pages(void)
{
	settle();
	return global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) +
	       global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
}

static int fill(const struct contender *who, unsigned int count)
{
	int id;

	while (live < count) {
		id = who->alloc();
		if (id <= 0)
			return id ?: -ERANGE;
		live_ids[live++] = id;
	}
	return 0;
}

static void drain(const struct contender *who)
{
	while (live)
		who->free(live_ids[--live]);
	settle();
}

static int run(const struct contender *who)
{
	static const unsigned int levels[] = { 1, 1000, MAX_LIVE };
	unsigned long before;
	int i, rc;

	if (who->prepare)
		who->prepare();
	before = slab_pages();
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		rc = fill(who, levels[i]);
		if (rc)
			return rc;
		if (who->spans)
			measure_lookups(who);
		if (who->burst)
			measure_pairs(who);
	}
	if (who->burst)
		note("memory\t%u\t%s\t%u\t%lu\n", live, who->name, live,
		     (slab_pages() - before) << PAGE_SHIFT);
	drain(who);
	return 0;
}

static int __init ioasid_bench_init(void)
{
	int i, rc = 0;

	live_ids = vmalloc(MAX_LIVE * sizeof(*live_ids));
	if (!live_ids)
		return -ENOMEM;
	set = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 0, "bench");
	if (IS_ERR(set)) {
		vfree(live_ids);
		return PTR_ERR(set);
	}
	for (i = 0; i < ARRAY_SIZE(contenders) && !rc; i++)
		rc = run(&contenders[i]);
	if (rc)
		note("failed\t%u\t%s\t%d\t0\n", live, contenders[i - 1].name, rc);
	ioasid_set_free_all(set);
	vfree(live_ids);
	samples_show("ioasid_bench");
	return 0;
}
module_init(ioasid_bench_init);

MODULE_DESCRIPTION("Cost of the PASID space");
MODULE_LICENSE("GPL");
