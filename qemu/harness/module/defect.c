// SPDX-License-Identifier: GPL-2.0
/*
 * Planted defects of the kernel, to see that the test harness finds them. The
 * module commits the one that its parameter names when it is loaded.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stop_machine.h>
#include <linux/wait.h>

static char *kind = "";
module_param(kind, charp, 0);
MODULE_PARM_DESC(kind, "the defect to commit");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);
static int __rcu *pointer;

static int harmless(void)
{
	return 0;
}

static int warn(void)
{
	WARN(1, "planted\n");
	return 0;
}

/* Several: a stale register may well keep one of them alive. */
static int leak(void)
{
	int i;

	for (i = 0; i < 8; i++)
		if (!kmalloc(333, GFP_KERNEL))
			return -ENOMEM;
	return 0;
}

/* Two orders of the same two locks, no two tasks needed. */
static int lockdep(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
	return 0;
}

static int atomic_sleep(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
	return 0;
}

static int rcu(void)
{
	return rcu_dereference(pointer) ? -EEXIST : 0;
}

static int kasan(void)
{
	char *buf = kmalloc(16, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(buf);
	buf[16] = 1;
	kfree(buf);
	return 0;
}

static int taint(void)
{
	add_taint(TAINT_AUX, LOCKDEP_STILL_OK);
	return 0;
}

/* Its loader cannot even be killed. */
static int stuck(void)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(never);

	wait_event(never, !READ_ONCE(kind));
	return 0;
}

static int halt_cpu(void *unused)
{
	for (;;)
		halt();
	return 0;
}

/* Nothing moves any more, PID 1 included. */
static int wedge(void)
{
	return stop_machine(halt_cpu, NULL, cpu_online_mask);
}

static const struct {
	const char *kind;
	int (*commit)(void);
} defects[] = {
	{ "harmless", harmless },
	{ "warn", warn },
	{ "leak", leak },
	{ "lockdep", lockdep },
	{ "atomic_sleep", atomic_sleep },
	{ "rcu", rcu },
	{ "kasan", kasan },
	{ "taint", taint },
	{ "stuck", stuck },
	{ "wedge", wedge },
};

static int __init defect_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (!strcmp(kind, defects[i].kind))
			return defects[i].commit();
	return -EINVAL;
}
module_init(defect_init);

static void __exit defect_exit(void)
{
}
module_exit(defect_exit);

MODULE_DESCRIPTION("Planted defects for the test harness");
MODULE_LICENSE("GPL");
/* A module from elsewhere would taint the kernel, which is a finding itself. */
MODULE_INFO(intree, "Y");
