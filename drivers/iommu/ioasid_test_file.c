// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file ioasid/test of debugfs: lets a test in user space hold PASIDs. Each
 * open file has a set of its own, which goes with it. Written commands:
 *
 *   alloc N	allocate N numbers or none; the process that writes is charged
 *   free ID	free one of them
 *   get ID	take a reference to a number
 *   put ID	give it back
 *   capacity N	be an IOMMU that knows N PASIDs, until the machine goes
 *
 * Reading gives the numbers of the set that are allocated, a line each, the
 * newest first.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioasid_internal.h"

#define MAX_ALLOC	4096

/* A reference that was taken with "get". */
struct held {
	struct list_head link;
	ioasid_t id;
};

struct test_file {
	struct ioasid_set *set;
	struct mutex mutex;	/* one command at a time */
	struct list_head held;	/* under it */
	u32 nr_held;		/* at most MAX_ALLOC */
};

static int show_id(ioasid_t id, void *private, void *arg)
{
	seq_printf(arg, "%u\n", id);
	return 0;
}

static int test_show(struct seq_file *seq, void *v)
{
	struct test_file *tf = seq->private;

	return ioasid_set_for_each(tf->set, show_id, seq);
}

static int test_open(struct inode *inode, struct file *file)
{
	struct test_file *tf;
	int rc;

	tf = kzalloc(sizeof(*tf), GFP_KERNEL);
	if (!tf)
		return -ENOMEM;
	mutex_init(&tf->mutex);
	INIT_LIST_HEAD(&tf->held);
	tf->set = ioasid_set_alloc(IOASID_SET_CONTEXT, tf, 0, NULL);
	if (IS_ERR(tf->set)) {
		rc = PTR_ERR(tf->set);
		goto err_free;
	}
	rc = single_open(file, test_show, tf);
	if (rc)
		goto err_set;
	return 0;

err_set:
	ioasid_set_free(tf->set);
err_free:
	kfree(tf);
	return rc;
}

static int test_release(struct inode *inode, struct file *file)
{
	struct test_file *tf = ((struct seq_file *)file->private_data)->private;
	struct held *held, *next;

	ioasid_set_free_all(tf->set);
	list_for_each_entry_safe(held, next, &tf->held, link) {
		ioasid_put(held->id);
		kfree(held);
	}
	kfree(tf);
	return single_release(inode, file);
}

static int test_alloc(struct test_file *tf, u32 count)
{
	u32 done;
	int id;

	if (count > MAX_ALLOC)
		return -EINVAL;
	for (done = 0; done < count; done++) {
		id = ioasid_alloc(tf->set, 1, IOASID_MAX, NULL);
		if (id < 0)
			goto err_free;
	}
	return 0;

err_free:
	while (done--)
		ioasid_free_newest(tf->set);
	return id;
}

static int test_get(struct test_file *tf, ioasid_t id)
{
	struct held *held;
	int rc;

	if (tf->nr_held >= MAX_ALLOC)
		return -EDQUOT;
	held = kmalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return -ENOMEM;
	held->id = id;
	rc = ioasid_get(tf->set, id);
	if (rc) {
		kfree(held);
		return rc;
	}
	list_add(&held->link, &tf->held);
	tf->nr_held++;
	return 0;
}

static int test_put(struct test_file *tf, ioasid_t id)
{
	struct held *held;

	list_for_each_entry(held, &tf->held, link) {
		if (held->id == id) {
			list_del(&held->link);
			tf->nr_held--;
			kfree(held);
			ioasid_put(id);
			return 0;
		}
	}
	return -ENOENT;
}

static int test_command(struct test_file *tf, const char *verb, u32 number)
{
	if (!strcmp(verb, "alloc"))
		return test_alloc(tf, number);
	if (!strcmp(verb, "free"))
		return ioasid_free_in_set(tf->set, number);
	if (!strcmp(verb, "get"))
		return test_get(tf, number);
	if (!strcmp(verb, "put"))
		return test_put(tf, number);
	if (!strcmp(verb, "capacity"))
		return ioasid_install_capacity(number);
	return -EINVAL;
}

static ssize_t test_write(struct file *file, const char __user *ubuf,
			  size_t length, loff_t *pos)
{
	struct test_file *tf = ((struct seq_file *)file->private_data)->private;
	char buf[32], *number = buf, *verb;
	u32 value;
	int rc;

	if (length >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, length))
		return -EFAULT;
	buf[length] = 0;
	verb = strsep(&number, " ");
	if (!number || kstrtou32(number, 10, &value))
		return -EINVAL;

	mutex_lock(&tf->mutex);
	rc = test_command(tf, verb, value);
	mutex_unlock(&tf->mutex);
	return rc ?: length;
}

static const struct file_operations test_fops = {
	.owner = THIS_MODULE,
	.open = test_open,
	.read = seq_read,
	.write = test_write,
	.llseek = seq_lseek,
	.release = test_release,
};

static int __init ioasid_test_file_init(void)
{
	struct dentry *dir = debugfs_lookup("ioasid", NULL);

	debugfs_create_file("test", 0600, dir, NULL, &test_fops);
	dput(dir);
	return 0;
}
late_initcall(ioasid_test_file_init);
