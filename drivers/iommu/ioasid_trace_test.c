// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tracepoints tell of PASIDs, and so also what happens in which order.
 */
#include <trace/events/ioasid.h>

#include "ioasid_test.h"

/* A range for tests that use one up. */
#define LOW	100
#define HIGH	101

/* What was told, each as "event number; ". */
struct story {
	char text[256];
	size_t length;
};

static const char * const reasons[] = {
	[IOASID_REFUSED_RANGE]		= "range",
	[IOASID_REFUSED_CAPACITY]	= "capacity",
	[IOASID_REFUSED_SPACE]		= "space",
	[IOASID_REFUSED_CEILING]	= "ceiling",
	[IOASID_REFUSED_CGROUP]		= "cgroup",
	[IOASID_REFUSED_CLOSED]		= "closed",
	[IOASID_REFUSED_PLATFORM]	= "platform",
	[IOASID_REFUSED_MEMORY]		= "memory",
};

static void tell(struct story *story, const char *event, ioasid_t id)
{
	story->length += scnprintf(story->text + story->length,
				   sizeof(story->text) - story->length,
				   "%s %u; ", event, id);
}

static void on_alloc(void *story, const struct ioasid_set *set, ioasid_t id)
{
	tell(story, "alloc", id);
}

static void on_free(void *story, const struct ioasid_set *set, ioasid_t id)
{
	tell(story, "free", id);
}

static void on_park(void *story, const struct ioasid_set *set, ioasid_t id)
{
	tell(story, "park", id);
}

static void on_reclaim(void *story, const struct ioasid_set *set, ioasid_t id)
{
	tell(story, "reclaim", id);
}

static void on_refused(void *story, const struct ioasid_set *set, ioasid_t min,
		       ioasid_t max, enum ioasid_refusal reason)
{
	tell(story, reasons[reason], min);
}

/* One test at a time. */
static struct story story;

static int trace_test_init(struct kunit *test)
{
	int rc;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "no tracepoints in this kernel");
	memset(&story, 0, sizeof(story));
	rc = register_trace_ioasid_alloc(on_alloc, &story);
	rc = rc ?: register_trace_ioasid_free(on_free, &story);
	rc = rc ?: register_trace_ioasid_park(on_park, &story);
	rc = rc ?: register_trace_ioasid_reclaim(on_reclaim, &story);
	rc = rc ?: register_trace_ioasid_refused(on_refused, &story);
	return rc ?: ioasid_test_init(test);
}

static void trace_test_exit(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return;
	unregister_trace_ioasid_alloc(on_alloc, &story);
	unregister_trace_ioasid_free(on_free, &story);
	unregister_trace_ioasid_park(on_park, &story);
	unregister_trace_ioasid_reclaim(on_reclaim, &story);
	unregister_trace_ioasid_refused(on_refused, &story);
	tracepoint_synchronize_unregister();
	ioasid_test_exit(test);
}

static void life_is_alloc_free_reclaim(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	ioasid_alloc(t->set, LOW, LOW, NULL);
	ioasid_free(LOW);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; free 100; reclaim 100; ");
}

static void referenced_number_is_parked_between(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	ioasid_alloc(t->set, LOW, LOW, NULL);
	ioasid_get(t->set, LOW);
	ioasid_free(LOW);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; free 100; park 100; ");
	ioasid_put(LOW);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; free 100; park 100; reclaim 100; ");
}

static void free_all_takes_the_newest_first(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	static const ioasid_t ids[] = { 5, 9, 2 };
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ioasid_alloc(t->set, ids[i], ids[i], NULL);
	ioasid_set_free_all(t->set);
	t->set = NULL;
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 5; alloc 9; alloc 2; "
			   "free 2; reclaim 2; "
			   "free 9; reclaim 9; "
			   "free 5; reclaim 5; ");
}

static void bad_range_is_told(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 9, 8, NULL), -EINVAL);
	KUNIT_EXPECT_STREQ(test, story.text, "range 9; ");
}

static void want_of_capacity_is_told(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t min = ioasid_capacity();
	char text[32];

	scnprintf(text, sizeof(text), "capacity %u; ", min);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, min, min, NULL), -ERANGE);
	KUNIT_EXPECT_STREQ(test, story.text, text);
}

static void want_of_numbers_is_told(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	ioasid_alloc(t->set, LOW, LOW, NULL);
	ioasid_alloc(t->set, HIGH, HIGH, NULL);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, HIGH, NULL), -ENOSPC);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; alloc 101; space 100; space 100; ");
	ioasid_free(LOW);
	ioasid_free(HIGH);
}

static void ceiling_is_told(struct kunit *test)
{
	struct ioasid_set *set;

	set = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 1, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	ioasid_alloc(set, LOW, LOW, NULL);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(set, HIGH, HIGH, NULL), -EDQUOT);
	KUNIT_EXPECT_STREQ(test, story.text, "alloc 100; ceiling 101; ");
	ioasid_set_free_all(set);
}

static void closed_set_is_told(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	struct ioasid_set *set = t->set;

	ioasid_set_get(set);
	ioasid_set_free(set);
	t->set = NULL;
	KUNIT_EXPECT_EQ(test, ioasid_alloc(set, LOW, LOW, NULL), -ESHUTDOWN);
	KUNIT_EXPECT_STREQ(test, story.text, "closed 100; ");
	ioasid_set_put(set);
}

static ioasid_t give(ioasid_t min, ioasid_t max, void *pdata)
{
	return *(ioasid_t *)pdata;
}

static void take_back(ioasid_t ioasid, void *pdata)
{
}

/* One refusal, whatever the way to it. */
static void platform_is_told_once(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t next = LOW;
	struct ioasid_allocator_ops ops = {
		.alloc = give,
		.free = take_back,
		.pdata = &next,
	};

	KUNIT_ASSERT_EQ(test, ioasid_register_allocator(&ops), 0);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 1, HIGH, NULL), LOW);
	/* It gives the same once more: that is the number which is told. */
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 2, HIGH, NULL), -EIO);
	next = INVALID_IOASID;
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 3, HIGH, NULL), -EIO);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; platform 100; platform 3; ");
	ioasid_free(LOW);
	ioasid_unregister_allocator(&ops);
}

static void number_is_parked_on_its_way_to_the_platform(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t next = LOW;
	struct ioasid_allocator_ops ops = {
		.alloc = give,
		.free = take_back,
		.pdata = &next,
	};

	KUNIT_ASSERT_EQ(test, ioasid_register_allocator(&ops), 0);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 1, HIGH, NULL), LOW);
	ioasid_free(LOW);
	ioasid_unregister_allocator(&ops);
	KUNIT_EXPECT_STREQ(test, story.text,
			   "alloc 100; free 100; park 100; reclaim 100; ");
}

static struct kunit_case ioasid_trace_cases[] = {
	KUNIT_CASE(life_is_alloc_free_reclaim),
	KUNIT_CASE(referenced_number_is_parked_between),
	KUNIT_CASE(free_all_takes_the_newest_first),
	KUNIT_CASE(bad_range_is_told),
	KUNIT_CASE(want_of_capacity_is_told),
	KUNIT_CASE(want_of_numbers_is_told),
	KUNIT_CASE(ceiling_is_told),
	KUNIT_CASE(closed_set_is_told),
	KUNIT_CASE(platform_is_told_once),
	KUNIT_CASE(number_is_parked_on_its_way_to_the_platform),
	{}
};

static struct kunit_suite ioasid_trace_suite = {
	.name = "ioasid_trace",
	.init = trace_test_init,
	.exit = trace_test_exit,
	.test_cases = ioasid_trace_cases,
};

kunit_test_suite(ioasid_trace_suite);
