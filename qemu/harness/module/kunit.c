// SPDX-License-Identifier: GPL-2.0
/*
 * Planted KUnit suites. Each kind is a module of its own, built from a copy of
 * this file, which PID 1 loads before it does anything else. For the host that
 * is no different from a suite that the kernel has built in: a guest that dies
 * in it has reported nothing.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <kunit/test.h>

#define KIND_IS(name)	(!strcmp(KBUILD_MODNAME, "kunit_" name))

static void first(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

/* Says so much that KUnit does not keep the end of it. */
static void fail(struct kunit *test)
{
	int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ_MSG(test, i, -1, "planted reason %d", i);
}

/* Several: a stale register may well keep one of them alive. */
static void leak(struct kunit *test)
{
	int i;

	for (i = 0; i < 8; i++)
		KUNIT_ASSERT_NOT_NULL(test, kmalloc(333, GFP_KERNEL));
}

static int halt_cpu(void *unused)
{
	for (;;)
		halt();
	return 0;
}

static void second(struct kunit *test)
{
	if (KIND_IS("failing"))
		fail(test);
	else if (KIND_IS("skipping"))
		kunit_skip(test, "no such device");
	else if (KIND_IS("leak"))
		leak(test);
	else if (KIND_IS("warn"))
		WARN(1, "planted\n");
	else if (KIND_IS("wedge"))
		stop_machine(halt_cpu, NULL, cpu_online_mask);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(first),
	KUNIT_CASE(second),
	{ }
};

/* Fails though no case does. */
static int suite_init(struct kunit_suite *suite)
{
	return KIND_IS("badinit") ? -ENODEV : 0;
}

static struct kunit_suite planted = {
	.name = "planted",
	.suite_init = suite_init,
	.test_cases = cases,
};

kunit_test_suite(planted);

MODULE_DESCRIPTION("Planted KUnit suites for the test harness");
MODULE_LICENSE("GPL");
MODULE_INFO(intree, "Y");
