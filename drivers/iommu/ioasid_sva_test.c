// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of PASIDs of processes.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>

#include "ioasid_test.h"
#include "iommu-sva-lib.h"

#define FINDERS		4
#define ROUNDS		300

static struct mm_struct *make_mm(struct kunit *test)
{
	struct mm_struct *mm = mm_alloc();

	KUNIT_ASSERT_NOT_NULL(test, mm);
	return mm;
}

static void pasid_is_within_inclusive_bounds(struct kunit *test)
{
	struct mm_struct *mm = make_mm(test);

	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 7, 7), 0);
	KUNIT_EXPECT_EQ(test, mm->pasid, 7U);
	mmput(mm);
}

static void process_keeps_its_pasid(struct kunit *test)
{
	struct mm_struct *mm = make_mm(test);

	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 7, 7), 0);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 1, 7), 0);
	KUNIT_EXPECT_EQ(test, mm->pasid, 7U);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 1, 6), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 8, 9), -EOVERFLOW);
	mmput(mm);
}

static void pasid_of_a_process_is_a_pasid(struct kunit *test)
{
	struct mm_struct *mm = make_mm(test);

	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 0, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 2, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 1, IOASID_MAX + 1),
			-EINVAL);
	KUNIT_EXPECT_FALSE(test, pasid_valid(mm->pasid));
	mmput(mm);
}

static void process_is_told_why_it_gets_none(struct kunit *test)
{
	struct mm_struct *mm = make_mm(test);
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 7, 7, NULL), 7);
	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 7, 7), -ENOSPC);
	KUNIT_EXPECT_FALSE(test, pasid_valid(mm->pasid));
	KUNIT_EXPECT_EQ(test, ioasid_free(7), 0);
	mmput(mm);
}

static void process_is_found_while_it_lives(struct kunit *test)
{
	struct mm_struct *mm = make_mm(test);

	KUNIT_EXPECT_EQ(test, iommu_sva_alloc_pasid(mm, 7, 7), 0);
	KUNIT_EXPECT_PTR_EQ(test, iommu_sva_find(7), mm);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_users), 2);
	mmput(mm);
	/* The number stays with the memory of the mm. */
	mmgrab(mm);
	mmput(mm);
	KUNIT_EXPECT_NULL(test, iommu_sva_find(7));
	mmdrop(mm);
	KUNIT_EXPECT_PTR_EQ(test, iommu_sva_find(7), ERR_PTR(-ENOENT));
}

/* The PASID of an mm that comes and goes; INVALID_IOASID when all is over. */
static ioasid_t pasid;
static atomic_t finders;
static atomic_t found;

/* As the getter of iommu_sva_find(), with the worst luck. */
static bool late_mm_get(void *private)
{
	mdelay(1);
	return mmget_not_zero(private);
}

static int finder_fn(void *data)
{
	bool late = data;
	struct mm_struct *mm;
	ioasid_t id;

	while ((id = READ_ONCE(pasid)) != INVALID_IOASID) {
		mm = late ? ioasid_find(NULL, id, late_mm_get) :
			    iommu_sva_find(id);
		if (!IS_ERR_OR_NULL(mm)) {
			atomic_inc(&found);
			mmput(mm);
		}
		cond_resched();
	}
	atomic_dec(&finders);
	return 0;
}

/* A late page fault asks for the mm behind a PASID while the mm goes. */
static void process_may_go_while_it_is_looked_up(struct kunit *test)
{
	struct task_struct *task;
	struct mm_struct *mm;
	int i, rc;

	WRITE_ONCE(pasid, 0);
	atomic_set(&found, 0);
	for (i = 0; i < FINDERS; i++) {
		atomic_inc(&finders);
		task = kthread_run(finder_fn, i % 2 ? &pasid : NULL,
				   "ioasid_test/%d", i);
		if (IS_ERR(task))
			atomic_dec(&finders);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&finders), FINDERS);

	for (i = 0; i < ROUNDS; i++) {
		mm = mm_alloc();
		if (!mm)
			break;
		rc = iommu_sva_alloc_pasid(mm, 1, 16);
		if (!rc)
			WRITE_ONCE(pasid, mm->pasid);
		usleep_range(500, 1000);
		mmput(mm);
		if (rc)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, ROUNDS);
	WRITE_ONCE(pasid, INVALID_IOASID);
	while (atomic_read(&finders))
		msleep(20);
	KUNIT_EXPECT_GT(test, atomic_read(&found), 0);
}

static struct kunit_case ioasid_sva_cases[] = {
	KUNIT_CASE(pasid_is_within_inclusive_bounds),
	KUNIT_CASE(process_keeps_its_pasid),
	KUNIT_CASE(pasid_of_a_process_is_a_pasid),
	KUNIT_CASE(process_is_told_why_it_gets_none),
	KUNIT_CASE(process_is_found_while_it_lives),
	KUNIT_CASE(process_may_go_while_it_is_looked_up),
	{}
};

static struct kunit_suite ioasid_sva_suite = {
	.name = "ioasid_sva",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_sva_cases,
};

kunit_test_suite(ioasid_sva_suite);
