// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations about in-kernel access: a file that stands for a driver.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommufd.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "context.h"
#include "ioctl.h"
#include "iommufd_test.h"
#include "pages_access.h"
#include "test_cmd.h"

/* What one call can pin, read or write. */
#define MAX_PAGES	(SZ_1G >> PAGE_SHIFT)

/**
 * struct test_access - A driver that uses an address space
 * @ictx: (i) The context, kept by @access
 * @access: (i) The access
 * @mutex: (w) Taken by what iommufd asks to let go, as a driver's would be
 * @items: (w) What it has pinned
 * @next_id: (w) For the next item
 * @keeps_pins: (i) Does not let go when it should
 */
struct test_access {
	struct iommufd_ctx *ictx;
	struct iommufd_access *access;
	struct mutex mutex; /* lock (w) */
	struct list_head items;
	u32 next_id;
	bool keeps_pins;
};

/**
 * struct test_item - What one call has pinned
 * @item: (w) In access->items
 * @id: (i) What the test knows it by
 * @iova: (i) First address
 * @length: (i) Bytes
 */
struct test_item {
	struct list_head item;
	u32 id;
	unsigned long iova;
	unsigned long length;
};

static void item_free(struct test_access *ta, struct test_item *item)
{
	lockdep_assert_held(&ta->mutex);
	list_del(&item->item);
	iommufd_access_unpin_pages(ta->access, item->iova, item->length);
	kfree(item);
}

static void let_go(void *data, unsigned long iova, unsigned long length)
{
	struct test_access *ta = data;
	struct test_item *item, *next;
	unsigned long last = iova + length - 1;

	if (ta->keeps_pins && length != ULONG_MAX)
		return;
	mutex_lock(&ta->mutex);
	list_for_each_entry_safe(item, next, &ta->items, item)
		if (item->iova <= last && iova <= item->iova + item->length - 1)
			item_free(ta, item);
	mutex_unlock(&ta->mutex);
}

static const struct iommufd_access_ops pinning_ops = {
	.needs_pin_pages = 1,
	.unmap = let_go,
};

static const struct iommufd_access_ops copying_ops = {
	.unmap = let_go,
};

static int access_release(struct inode *inode, struct file *file)
{
	struct test_access *ta = file->private_data;

	iommufd_access_destroy(ta->access);
	mutex_destroy(&ta->mutex);
	kfree(ta);
	return 0;
}

static const struct file_operations access_fops = {
	.owner = THIS_MODULE,
	.release = access_release,
};

static struct test_access *access_alloc(struct iommufd_ctx *ictx, u32 ioas_id,
					u32 flags)
{
	const struct iommufd_access_ops *ops =
		flags & MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES ?
			&pinning_ops : &copying_ops;
	struct test_access *ta;
	u32 id;
	int rc;

	ta = kzalloc(sizeof(*ta), GFP_KERNEL_ACCOUNT);
	if (!ta)
		return ERR_PTR(-ENOMEM);
	ta->ictx = ictx;
	ta->keeps_pins = flags & MOCK_FLAGS_ACCESS_CREATE_KEEPS_PINS;
	mutex_init(&ta->mutex);
	INIT_LIST_HEAD(&ta->items);
	ta->access = iommufd_access_create(ictx, ops, ta, &id);
	if (IS_ERR(ta->access)) {
		rc = PTR_ERR(ta->access);
		goto err_free;
	}
	rc = iommufd_access_attach(ta->access, ioas_id);
	if (rc)
		goto err_destroy;
	return ta;

err_destroy:
	iommufd_access_destroy(ta->access);
err_free:
	kfree(ta);
	return ERR_PTR(rc);
}

/**
 * iommufd_test_create_access() - IOMMU_TEST_OP_CREATE_ACCESS
 * @ucmd: The call
 *
 * The access lives until the file that it returns is closed.
 *
 * Return: 0; -EOPNOTSUPP unknown flags; -EMFILE; -EFAULT; -ENOMEM; what
 * attaching gives
 */
int iommufd_test_create_access(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 flags = cmd->create_access.flags;
	struct test_access *ta;
	struct file *file;
	int fd, rc;

	if (flags & ~(MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES |
		      MOCK_FLAGS_ACCESS_CREATE_KEEPS_PINS))
		return -EOPNOTSUPP;
	ta = access_alloc(ucmd->ictx, cmd->id, flags);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	file = anon_inode_getfile("[iommufd-test-access]", &access_fops, ta,
				  O_RDWR);
	if (IS_ERR(file)) {
		iommufd_access_destroy(ta->access);
		kfree(ta);
		return PTR_ERR(file);
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		rc = fd;
		goto err_fput;
	}
	cmd->create_access.out_access_fd = fd;
	rc = iommufd_ucmd_respond(ucmd);
	if (rc)
		goto err_put_fd;
	fd_install(fd, file);
	return 0;

err_put_fd:
	put_unused_fd(fd);
err_fput:
	fput(file);
	return rc;
}

/* The driver behind a descriptor; ended by fput() of its file. */
static struct test_access *access_get(struct iommufd_ucmd *ucmd, u32 fd,
				      struct file **file)
{
	struct test_access *ta;

	*file = fget(fd);
	if (!*file)
		return ERR_PTR(-EBADF);
	ta = (*file)->private_data;
	if ((*file)->f_op == &access_fops && ta->ictx == ucmd->ictx)
		return ta;
	fput(*file);
	return ERR_PTR(-EBADFD);
}

/* Are these the pages that the test has at @uptr? */
static int compare_pages(struct page **pages, unsigned long npages, u64 uptr)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		struct page *page;
		bool same;

		if (get_user_pages_fast(uptr + i * PAGE_SIZE, 1, 0, &page) != 1)
			return -EFAULT;
		same = page == pages[i];
		put_page(page);
		if (!same)
			return -EBADE;
		cond_resched();
	}
	return 0;
}

static int pin_item(struct test_access *ta, struct iommu_test_cmd *cmd,
		    struct page **pages, struct test_item *item, u32 *id)
{
	unsigned int flags =
		cmd->access_pages.flags & MOCK_FLAGS_ACCESS_WRITE ?
			IOMMUFD_ACCESS_RW_WRITE : IOMMUFD_ACCESS_RW_READ;
	int rc;

	item->iova = cmd->access_pages.iova;
	item->length = cmd->access_pages.length;
	mutex_lock(&ta->mutex);
	rc = iommufd_access_pin_pages(ta->access, item->iova, item->length,
				      pages, flags);
	if (!rc) {
		*id = item->id = ++ta->next_id;
		list_add_tail(&item->item, &ta->items);
	}
	mutex_unlock(&ta->mutex);
	return rc;
}

/* Unpin what has this id, if it is still there. */
static int drop_item(struct test_access *ta, u32 id)
{
	struct test_item *item;
	int rc = -ENOENT;

	mutex_lock(&ta->mutex);
	list_for_each_entry(item, &ta->items, item) {
		if (item->id == id) {
			item_free(ta, item);
			rc = 0;
			break;
		}
	}
	mutex_unlock(&ta->mutex);
	return rc;
}

/*
 * Run an operation on the driver that @cmd->id names, with some memory for the
 * time of the call.
 */
static int run_with_buffer(struct iommufd_ucmd *ucmd, size_t bytes,
			   int (*op)(struct iommufd_ucmd *ucmd,
				     struct test_access *ta, void *buffer))
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	void *buffer;
	int rc = -ENOMEM;

	ta = access_get(ucmd, cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	buffer = kvzalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (buffer) {
		rc = op(ucmd, ta, buffer);
		kvfree(buffer);
	}
	fput(file);
	return rc;
}

static int access_pages(struct iommufd_ucmd *ucmd, struct test_access *ta,
			void *buffer)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct page **pages = buffer;
	struct test_item *item;
	u32 id;
	int rc;

	item = kzalloc(sizeof(*item), GFP_KERNEL_ACCOUNT);
	if (!item)
		return -ENOMEM;
	rc = pin_item(ta, cmd, pages, item, &id);
	if (rc) {
		kfree(item);
		return rc;
	}
	/* From here on the item can go at any time. */
	rc = compare_pages(pages, cmd->access_pages.length >> PAGE_SHIFT,
			   cmd->access_pages.uptr);
	if (!rc) {
		cmd->access_pages.out_access_pages_id = id;
		rc = iommufd_ucmd_respond(ucmd);
	}
	if (rc)
		drop_item(ta, id);
	return rc;
}

/**
 * iommufd_test_access_pages() - IOMMU_TEST_OP_ACCESS_PAGES
 * @ucmd: The call
 *
 * Pins a range and compares it with what the test has at its pointer.
 *
 * Return: 0; -EOPNOTSUPP unknown flags, among them those that make up addresses
 * for a fuzzer; -EBADF, -EBADFD no access; -ENOMEM; -EBADE other pages; what
 * iommufd_access_pin_pages() gives
 */
int iommufd_test_access_pages(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long npages = cmd->access_pages.length >> PAGE_SHIFT;

	if (cmd->access_pages.flags & ~MOCK_FLAGS_ACCESS_WRITE)
		return -EOPNOTSUPP;
	if (npages > MAX_PAGES)
		return -ENOMEM;
	return run_with_buffer(ucmd, (npages + 1) * sizeof(struct page *),
			       access_pages);
}

/**
 * iommufd_test_destroy_access_pages() - IOMMU_TEST_OP_DESTROY_ACCESS_PAGES
 * @ucmd: The call
 *
 * Return: 0; -EBADF, -EBADFD no access; -ENOENT it has not pinned that
 */
int iommufd_test_destroy_access_pages(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc;

	ta = access_get(ucmd, cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	rc = drop_item(ta, cmd->destroy_access_pages.access_pages_id);
	fput(file);
	return rc;
}

static int access_rw(struct iommufd_ucmd *ucmd, struct test_access *ta,
		     void *buffer)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	void __user *uptr = u64_to_user_ptr(cmd->access_rw.uptr);
	bool write = cmd->access_rw.flags & MOCK_ACCESS_RW_WRITE;
	size_t length = cmd->access_rw.length;
	unsigned int flags = 0;
	int rc;

	if (write)
		flags |= IOMMUFD_ACCESS_RW_WRITE;
	if (cmd->access_rw.flags & MOCK_ACCESS_RW_SLOW_PATH)
		flags |= IOMMUFD_ACCESS_RW_SLOW_PATH;
	if (write && copy_from_user(buffer, uptr, length))
		return -EFAULT;
	rc = iommufd_access_rw(ta->access, cmd->access_rw.iova, buffer, length,
			       flags);
	if (!rc && !write && copy_to_user(uptr, buffer, length))
		rc = -EFAULT;
	return rc;
}

/**
 * iommufd_test_access_rw() - IOMMU_TEST_OP_ACCESS_RW
 * @ucmd: The call
 *
 * Return: 0; -EOPNOTSUPP unknown flags; -EBADF, -EBADFD no access; -ENOMEM;
 * -EFAULT; what iommufd_access_rw() gives
 */
int iommufd_test_access_rw(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;

	if (cmd->access_rw.flags &
	    ~(MOCK_ACCESS_RW_WRITE | MOCK_ACCESS_RW_SLOW_PATH))
		return -EOPNOTSUPP;
	if (cmd->access_rw.length > MAX_PAGES * PAGE_SIZE)
		return -ENOMEM;
	return run_with_buffer(ucmd, cmd->access_rw.length + 1, access_rw);
}

/**
 * iommufd_test_access_replace_ioas() - IOMMU_TEST_OP_ACCESS_REPLACE_IOAS
 * @ucmd: The call
 *
 * Return: 0; -EBADF, -EBADFD no access; what iommufd_access_replace() gives
 */
int iommufd_test_access_replace_ioas(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc;

	ta = access_get(ucmd, cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	rc = iommufd_access_replace(ta->access,
				    cmd->access_replace_ioas.ioas_id);
	fput(file);
	return rc;
}
