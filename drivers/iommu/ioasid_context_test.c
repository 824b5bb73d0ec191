// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may be done with PASIDs in interrupts, softirqs and RCU callbacks.
 */
#include <linux/delay.h>
#include <linux/sched/mm.h>

#include "ioasid_test.h"

static enum hrtimer_restart job_timer_fn(struct hrtimer *timer)
{
	struct ioasid_test_job *job = container_of(timer,
						   struct ioasid_test_job,
						   timer);

	job->irq = in_hardirq();
	job->softirq = in_serving_softirq();
	job->fn(job);
	complete(&job->done);
	return HRTIMER_NORESTART;
}

static void run_by_timer(struct ioasid_test_job *job, enum hrtimer_mode mode)
{
	init_completion(&job->done);
	hrtimer_init_on_stack(&job->timer, CLOCK_MONOTONIC, mode);
	job->timer.function = job_timer_fn;
	hrtimer_start(&job->timer, 0, mode);
	wait_for_completion(&job->done);
	hrtimer_cancel(&job->timer);
	destroy_hrtimer_on_stack(&job->timer);
}

/**
 * ioasid_test_in_irq - run a job in hard interrupt context, and wait for it
 * @job: on the stack; &ioasid_test_job.irq tells whether it was so
 */
void ioasid_test_in_irq(struct ioasid_test_job *job)
{
	run_by_timer(job, HRTIMER_MODE_REL_HARD);
}

static void in_softirq_context(struct ioasid_test_job *job)
{
	run_by_timer(job, HRTIMER_MODE_REL_SOFT);
}

static void job_rcu_fn(struct rcu_head *rcu)
{
	struct ioasid_test_job *job = container_of(rcu, struct ioasid_test_job,
						   rcu);

	job->fn(job);
	complete(&job->done);
}

static void in_rcu_callback(struct ioasid_test_job *job)
{
	init_completion(&job->done);
	init_rcu_head_on_stack(&job->rcu);
	call_rcu(&job->rcu, job_rcu_fn);
	wait_for_completion(&job->done);
	destroy_rcu_head_on_stack(&job->rcu);
}

static void free_fn(struct ioasid_test_job *job)
{
	job->rc = ioasid_free_in_set(job->set, job->id);
}

static void put_fn(struct ioasid_test_job *job)
{
	ioasid_put(job->id);
}

static void get_and_put_fn(struct ioasid_test_job *job)
{
	job->rc = ioasid_get(job->set, job->id);
	if (!job->rc)
		ioasid_put(job->id);
}

static void find_fn(struct ioasid_test_job *job)
{
	void *found = ioasid_find(job->set, job->id, NULL);
	ioasid_t id = ioasid_get_by_spid(job->set, 7);

	job->rc = -ENXIO;
	if (id != job->id)
		return;
	ioasid_put(id);
	if (found == job->set && ioasid_find_by_spid(job->set, 7) == id)
		job->rc = ioasid_detach_spid(job->set, id);
}

static void set_find_fn(struct ioasid_test_job *job)
{
	struct ioasid_set *set;

	set = ioasid_set_find(IOASID_SET_CONTEXT, job);
	job->rc = set == job->set ? 0 : -ENXIO;
	if (set)
		ioasid_set_put(set);
}

static void expect_freed(struct kunit *test,
			 void (*run)(struct ioasid_test_job *job))
{
	struct ioasid_test *t = test->priv;
	struct ioasid_test_job job = {
		.fn = free_fn,
		.set = t->set,
		.id = ioasid_test_alloc(test, t->set),
	};

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, job.id, 7), 0);
	run(&job);
	KUNIT_EXPECT_EQ(test, job.rc, 0);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 0U);
	KUNIT_EXPECT_EQ(test, job.irq, run == ioasid_test_in_irq);
	KUNIT_EXPECT_EQ(test, job.softirq, run == in_softirq_context);
}

static void expect_reclaimed(struct kunit *test,
			     void (*run)(struct ioasid_test_job *job))
{
	struct ioasid_test *t = test->priv;
	struct ioasid_test_job job = {
		.fn = put_fn,
		.id = ioasid_test_alloc(test, t->set),
	};

	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, job.id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(job.id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(t->set), 1U);
	run(&job);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 0U);
}

static void expect_kept(struct kunit *test,
			void (*run)(struct ioasid_test_job *job))
{
	struct ioasid_test *t = test->priv;
	struct ioasid_test_job job = {
		.fn = get_and_put_fn,
		.set = t->set,
		.id = ioasid_test_alloc(test, t->set),
	};

	run(&job);
	KUNIT_EXPECT_EQ(test, job.rc, 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(job.id), 0);
}

static void free_works_in_hard_irq(struct kunit *test)
{
	expect_freed(test, ioasid_test_in_irq);
}

static void free_works_in_softirq(struct kunit *test)
{
	expect_freed(test, in_softirq_context);
}

static void free_works_in_rcu_callback(struct kunit *test)
{
	expect_freed(test, in_rcu_callback);
}

static void last_put_works_in_hard_irq(struct kunit *test)
{
	expect_reclaimed(test, ioasid_test_in_irq);
}

static void last_put_works_in_softirq(struct kunit *test)
{
	expect_reclaimed(test, in_softirq_context);
}

static void last_put_works_in_rcu_callback(struct kunit *test)
{
	expect_reclaimed(test, in_rcu_callback);
}

static void get_and_put_work_in_hard_irq(struct kunit *test)
{
	expect_kept(test, ioasid_test_in_irq);
}

static void get_and_put_work_in_softirq(struct kunit *test)
{
	expect_kept(test, in_softirq_context);
}

static void number_is_found_in_hard_irq(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	struct ioasid_test_job job = {
		.fn = find_fn,
		.set = t->set,
		.id = ioasid_alloc(t->set, 1, IOASID_MAX, t->set),
	};

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, job.id, 7), 0);
	ioasid_test_in_irq(&job);
	KUNIT_EXPECT_EQ(test, job.rc, 0);
	KUNIT_EXPECT_EQ(test, ioasid_detach_spid(t->set, job.id), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_free(job.id), 0);
}

static void number_is_found_under_a_spinlock(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	int id = ioasid_alloc(t->set, 1, IOASID_MAX, t);
	unsigned long flags = ioasid_lock();
	void *found = ioasid_find(t->set, id, NULL);
	int rc = ioasid_get(t->set, id);

	/* Its own lock is held: who took it would never return. */
	ioasid_unlock(flags);
	KUNIT_EXPECT_PTR_EQ(test, found, t);
	KUNIT_EXPECT_EQ(test, rc, 0);
	ioasid_put(id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void set_is_found_in_hard_irq(struct kunit *test)
{
	struct ioasid_test_job job = { .fn = set_find_fn };

	job.set = ioasid_set_alloc(IOASID_SET_CONTEXT, &job, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, job.set);
	ioasid_test_in_irq(&job);
	KUNIT_EXPECT_EQ(test, job.rc, 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(job.set), 0);
}

/* The set of an mm has most to do at its end, and not here. */
static void set_ends_in_hard_irq(struct kunit *test)
{
	struct ioasid_test_job job = { .fn = put_fn };
	struct mm_struct *mm = mm_alloc();
	struct ioasid_set *set;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	set = ioasid_set_alloc(IOASID_SET_MM, mm, 0, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	job.id = ioasid_test_alloc(test, set);
	KUNIT_EXPECT_EQ(test, ioasid_get(set, job.id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 2);
	ioasid_test_in_irq(&job);
	for (i = 0; i < 1000 && atomic_read(&mm->mm_count) > 1; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 1);
	mmput(mm);
}

static struct kunit_case ioasid_context_cases[] = {
	KUNIT_CASE(free_works_in_hard_irq),
	KUNIT_CASE(free_works_in_softirq),
	KUNIT_CASE(free_works_in_rcu_callback),
	KUNIT_CASE(last_put_works_in_hard_irq),
	KUNIT_CASE(last_put_works_in_softirq),
	KUNIT_CASE(last_put_works_in_rcu_callback),
	KUNIT_CASE(get_and_put_work_in_hard_irq),
	KUNIT_CASE(get_and_put_work_in_softirq),
	KUNIT_CASE(number_is_found_in_hard_irq),
	KUNIT_CASE(number_is_found_under_a_spinlock),
	KUNIT_CASE(set_is_found_in_hard_irq),
	KUNIT_CASE(set_ends_in_hard_irq),
	{}
};

static struct kunit_suite ioasid_context_suite = {
	.name = "ioasid_context",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_context_cases,
};

kunit_test_suite(ioasid_context_suite);
