// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of platforms that give PASIDs, with a model of such a platform.
 */
#include <linux/delay.h>

#include "ioasid_test.h"

#define POOL_FIRST	200
#define POOL_SIZE	64

/*
 * A door to a platform. All doors with the same functions lead to one pool, as
 * the space takes it; which numbers are taken is kept per door all the same, to
 * see who was called.
 */
struct platform {
	struct ioasid_allocator_ops ops;
	DECLARE_BITMAP(taken, POOL_SIZE);
	/* What it gives, if not INVALID_IOASID, whatever it was asked for. */
	ioasid_t gives;
	ioasid_t last_freed;
	unsigned int allocs;
	unsigned int frees;
	/* Each call waits for this, if told to. */
	bool slow;
	struct completion called;
	struct completion go_on;
};

static void take_time(struct platform *platform)
{
	usleep_range(10, 50);
	if (!platform->slow)
		return;
	complete(&platform->called);
	wait_for_completion(&platform->go_on);
}

static ioasid_t platform_alloc(ioasid_t min, ioasid_t max, void *pdata)
{
	struct platform *platform = pdata;
	unsigned long bit;

	platform->allocs++;
	take_time(platform);
	if (platform->gives != INVALID_IOASID)
		return platform->gives;
	min = max_t(ioasid_t, min, POOL_FIRST);
	bit = find_next_zero_bit(platform->taken, POOL_SIZE, min - POOL_FIRST);
	if (bit >= POOL_SIZE || POOL_FIRST + bit > max)
		return INVALID_IOASID;
	set_bit(bit, platform->taken);
	return POOL_FIRST + bit;
}

static void platform_free(ioasid_t id, void *pdata)
{
	struct platform *platform = pdata;

	platform->frees++;
	platform->last_freed = id;
	if (id >= POOL_FIRST && id < POOL_FIRST + POOL_SIZE)
		clear_bit(id - POOL_FIRST, platform->taken);
	take_time(platform);
}

/* That of another pool. */
static void other_free(ioasid_t id, void *pdata)
{
	platform_free(id, pdata);
}

/* Those of the test. They outlive it, whatever becomes of it. */
static struct platform platforms[2];
static unsigned int nr_platforms;

static int allocator_test_init(struct kunit *test)
{
	nr_platforms = 0;
	return ioasid_test_init(test);
}

static void allocator_test_exit(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(platforms); i++)
		ioasid_unregister_allocator(&platforms[i].ops);
	ioasid_test_exit(test);
}

static struct platform *make_platform(struct kunit *test)
{
	struct platform *platform = &platforms[nr_platforms++];

	KUNIT_ASSERT_LE(test, nr_platforms, (unsigned int)ARRAY_SIZE(platforms));
	memset(platform, 0, sizeof(*platform));
	platform->ops.alloc = platform_alloc;
	platform->ops.free = platform_free;
	platform->ops.pdata = platform;
	platform->gives = INVALID_IOASID;
	init_completion(&platform->called);
	init_completion(&platform->go_on);
	return platform;
}

static struct platform *make_registered(struct kunit *test)
{
	struct platform *platform = make_platform(test);

	KUNIT_ASSERT_EQ(test, ioasid_register_allocator(&platform->ops), 0);
	return platform;
}

static int alloc(struct ioasid_set *set)
{
	return ioasid_alloc(set, 1, IOASID_MAX, NULL);
}

static void number_is_what_the_platform_gives(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, alloc(t->set), POOL_FIRST);
	KUNIT_EXPECT_EQ(test, alloc(t->other), POOL_FIRST + 1);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, POOL_FIRST), 0);
	ioasid_put(POOL_FIRST);
	KUNIT_EXPECT_EQ(test, ioasid_free(POOL_FIRST), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(POOL_FIRST + 1), 0);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->allocs, 2U);
	KUNIT_EXPECT_EQ(test, platform->frees, 2U);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(platform->taken, POOL_SIZE));
}

static void exact_number_comes_from_the_platform(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	int id = POOL_FIRST + 7;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, id, id, NULL), id);
	/* The next that the platform has is out of the range. */
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, id, id, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->frees, 1U);
}

static void irq_fn(struct ioasid_test_job *job)
{
	job->rc = ioasid_free_in_set(job->set, job->id);
}

static void platform_is_told_of_what_is_freed_in_hard_irq(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	struct ioasid_test_job job = {
		.fn = irq_fn,
		.set = t->set,
		.id = ioasid_test_alloc(test, t->set),
	};

	ioasid_test_in_irq(&job);
	KUNIT_EXPECT_TRUE(test, job.irq);
	KUNIT_EXPECT_EQ(test, job.rc, 0);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->last_freed, job.id);
}

static void platform_is_told_after_the_last_put(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct platform *door = make_registered(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	/* All that is on its way to a platform gets there. */
	ioasid_unregister_allocator(&door->ops);
	KUNIT_EXPECT_EQ(test, platform->frees, 0U);
	ioasid_put(id);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->frees, 1U);
	KUNIT_EXPECT_EQ(test, door->frees, 0U);
}

static void number_is_in_use_until_the_platform_has_it(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	platform->slow = true;
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	wait_for_completion(&platform->called);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(t->set), 1U);
	KUNIT_EXPECT_EQ(test, ioasid_get(NULL, id), -ENOENT);
	platform->slow = false;
	complete(&platform->go_on);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 0U);
}

/* What is freed without an allocator ends when a work item gets to it. */
static void wait_until_unused(struct ioasid_set *set)
{
	int i;

	for (i = 0; i < 1000 && ioasid_test_used(set); i++)
		msleep(20);
}

/* What runs beside the test. */
struct beside {
	struct work_struct work;
	struct platform *platform;
	struct ioasid_set *set;
	int rc;
	struct completion done;
};

static void alloc_work(struct work_struct *work)
{
	struct beside *beside = container_of(work, struct beside, work);

	beside->rc = alloc(beside->set);
	complete(&beside->done);
}

static void unregister_work(struct work_struct *work)
{
	struct beside *beside = container_of(work, struct beside, work);

	ioasid_unregister_allocator(&beside->platform->ops);
	complete(&beside->done);
}

static void start(struct beside *beside, work_func_t fn)
{
	init_completion(&beside->done);
	INIT_WORK_ONSTACK(&beside->work, fn);
	queue_work(system_unbound_wq, &beside->work);
}

static void end(struct beside *beside)
{
	wait_for_completion(&beside->done);
	flush_work(&beside->work);
	destroy_work_on_stack(&beside->work);
}

static void unregister_waits_for_a_running_function(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	struct beside one = { .set = t->set }, two = { .platform = platform };

	platform->slow = true;
	start(&one, alloc_work);
	wait_for_completion(&platform->called);
	start(&two, unregister_work);
	msleep(250);
	KUNIT_EXPECT_FALSE(test, completion_done(&two.done));
	platform->slow = false;
	complete(&platform->go_on);
	end(&one);
	end(&two);
	KUNIT_EXPECT_EQ(test, one.rc, POOL_FIRST);
	KUNIT_EXPECT_EQ(test, ioasid_free(one.rc), 0);
	/* What is freed after the end reaches nobody, but ends. */
	wait_until_unused(t->set);
	KUNIT_EXPECT_EQ(test, platform->frees, 0U);
}

static void number_can_be_given_as_soon_as_it_is_back(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	struct beside beside = { .set = t->other };
	int id = alloc(t->set);

	platform->slow = true;
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	wait_for_completion(&platform->called);
	/* The platform has it, and the function has not returned yet. */
	platform->slow = false;
	start(&beside, alloc_work);
	msleep(50);
	complete(&platform->go_on);
	end(&beside);
	KUNIT_EXPECT_EQ(test, beside.rc, id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	ioasid_unregister_allocator(&platform->ops);
}

static void nobody_is_called_after_unregister(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);
	int own;

	ioasid_unregister_allocator(&platform->ops);
	own = ioasid_alloc(t->set, 1, 9, NULL);
	KUNIT_EXPECT_GT(test, own, 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(own), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	wait_until_unused(t->set);
	KUNIT_EXPECT_EQ(test, platform->allocs, 1U);
	KUNIT_EXPECT_EQ(test, platform->frees, 0U);
}

static void allocator_is_registered_once(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&platform->ops),
			-EEXIST);
	ioasid_unregister_allocator(&platform->ops);
	/* Nothing of it is left. */
	KUNIT_EXPECT_EQ(test, ioasid_free(alloc(t->set)), 0);
	KUNIT_EXPECT_EQ(test, platform->allocs, 0U);
}

static void allocator_has_both_functions(struct kunit *test)
{
	struct platform *platform = make_platform(test);

	platform->ops.alloc = NULL;
	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&platform->ops),
			-EINVAL);
	platform->ops.alloc = platform_alloc;
	platform->ops.free = NULL;
	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&platform->ops),
			-EINVAL);
}

static void first_allocator_comes_before_the_first_number(struct kunit *test)
{
	struct platform *platform = make_platform(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&platform->ops),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&platform->ops), 0);
	ioasid_unregister_allocator(&platform->ops);
}

static void number_out_of_range_is_given_back(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;

	platform->gives = 12;
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 10, 11, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, platform->frees, 1U);
	KUNIT_EXPECT_EQ(test, platform->last_freed, 12U);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 13, 14, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, platform->frees, 2U);
	ioasid_unregister_allocator(&platform->ops);
}

static void number_in_use_is_not_given_back(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;

	platform->gives = 12;
	KUNIT_EXPECT_EQ(test, alloc(t->set), 12);
	KUNIT_EXPECT_EQ(test, alloc(t->other), -EIO);
	KUNIT_EXPECT_EQ(test, platform->frees, 0U);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->other), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, 12), 0);
	ioasid_put(12);
	KUNIT_EXPECT_EQ(test, ioasid_free(12), 0);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->frees, 1U);
}

static void platform_without_numbers_gives_none(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 1, POOL_FIRST - 1, NULL),
			-EIO);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->allocs, 1U);
	KUNIT_EXPECT_EQ(test, platform->frees, 0U);
}

static void number_that_the_set_may_not_have_is_given_back(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct ioasid_set *set;

	set = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 1, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	KUNIT_EXPECT_EQ(test, alloc(set), POOL_FIRST);
	KUNIT_EXPECT_EQ(test, alloc(set), -EDQUOT);
	KUNIT_EXPECT_EQ(test, platform->last_freed, POOL_FIRST + 1U);
	ioasid_set_get(set);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
	KUNIT_EXPECT_EQ(test, alloc(set), -ESHUTDOWN);
	ioasid_set_put(set);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(platform->taken, POOL_SIZE));
	KUNIT_EXPECT_EQ(test, platform->allocs, 3U);
	KUNIT_EXPECT_EQ(test, platform->frees, 3U);
}

static void number_returns_by_any_door_of_its_pool(struct kunit *test)
{
	struct platform *one = make_registered(test);
	struct platform *two = make_registered(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, one->allocs, 1U);
	KUNIT_EXPECT_EQ(test, two->allocs, 0U);
	ioasid_unregister_allocator(&one->ops);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	ioasid_unregister_allocator(&two->ops);
	KUNIT_EXPECT_EQ(test, one->frees, 0U);
	KUNIT_EXPECT_EQ(test, two->frees, 1U);
	KUNIT_EXPECT_EQ(test, two->last_freed, id);
}

static void number_does_not_go_to_another_pool(struct kunit *test)
{
	struct platform *one = make_registered(test);
	struct platform *two = make_platform(test);
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	two->ops.free = other_free;
	KUNIT_EXPECT_EQ(test, ioasid_register_allocator(&two->ops), 0);
	ioasid_unregister_allocator(&one->ops);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, id + 1, id + 1, NULL),
			(int)id + 1);
	KUNIT_EXPECT_EQ(test, ioasid_free(id + 1), 0);
	ioasid_unregister_allocator(&two->ops);
	KUNIT_EXPECT_EQ(test, one->frees, 0U);
	KUNIT_EXPECT_EQ(test, two->allocs, 1U);
	KUNIT_EXPECT_EQ(test, two->frees, 1U);
	KUNIT_EXPECT_EQ(test, two->last_freed, id + 1);
}

static void unregister_of_a_stranger_changes_nothing(struct kunit *test)
{
	struct platform *platform = make_registered(test);
	struct platform *stranger = make_platform(test);
	struct ioasid_test *t = test->priv;

	ioasid_unregister_allocator(&stranger->ops);
	KUNIT_EXPECT_EQ(test, alloc(t->set), POOL_FIRST);
	KUNIT_EXPECT_EQ(test, ioasid_free(POOL_FIRST), 0);
	ioasid_unregister_allocator(&platform->ops);
	KUNIT_EXPECT_EQ(test, platform->frees, 1U);
}

static struct kunit_case ioasid_allocator_cases[] = {
	KUNIT_CASE(number_is_what_the_platform_gives),
	KUNIT_CASE(exact_number_comes_from_the_platform),
	KUNIT_CASE(platform_is_told_of_what_is_freed_in_hard_irq),
	KUNIT_CASE(platform_is_told_after_the_last_put),
	KUNIT_CASE(number_is_in_use_until_the_platform_has_it),
	KUNIT_CASE(unregister_waits_for_a_running_function),
	KUNIT_CASE(number_can_be_given_as_soon_as_it_is_back),
	KUNIT_CASE(nobody_is_called_after_unregister),
	KUNIT_CASE(allocator_is_registered_once),
	KUNIT_CASE(allocator_has_both_functions),
	KUNIT_CASE(first_allocator_comes_before_the_first_number),
	KUNIT_CASE(number_out_of_range_is_given_back),
	KUNIT_CASE(number_in_use_is_not_given_back),
	KUNIT_CASE(platform_without_numbers_gives_none),
	KUNIT_CASE(number_that_the_set_may_not_have_is_given_back),
	KUNIT_CASE(number_returns_by_any_door_of_its_pool),
	KUNIT_CASE(number_does_not_go_to_another_pool),
	KUNIT_CASE(unregister_of_a_stranger_changes_nothing),
	{}
};

static struct kunit_suite ioasid_allocator_suite = {
	.name = "ioasid_allocator",
	.init = allocator_test_init,
	.exit = allocator_test_exit,
	.test_cases = ioasid_allocator_cases,
};

kunit_test_suite(ioasid_allocator_suite);
