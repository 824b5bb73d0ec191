// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "file.h"
#include "kvm.h"

/**
 * kvm_missing - Can virtual machines not be made here?
 */
bool kvm_missing(void)
{
	return access("/dev/kvm", R_OK | W_OK);
}

static int set_up(struct kvm_vm *vm, int kvm)
{
	struct kvm_create_device args = { .type = KVM_DEV_TYPE_VFIO };

	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return -errno;
	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &args))
		return -errno;
	vm->vfio = args.fd;
	snprintf(vm->stats, sizeof(vm->stats), "/sys/kernel/debug/kvm/%d-%d",
		 getpid(), vm->fd);
	return 0;
}

/**
 * kvm_create - Make a virtual machine without processors
 * @vm: initialized, also on failure
 */
int kvm_create(struct kvm_vm *vm)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int rc;

	vm->fd = -1;
	vm->vfio = -1;
	if (kvm < 0)
		return -errno;
	rc = set_up(vm, kvm);
	close(kvm);
	if (rc)
		kvm_close(vm);
	return rc;
}

/**
 * kvm_close - Close the files of a virtual machine
 * @vm: was initialized; twice does no harm
 */
void kvm_close(struct kvm_vm *vm)
{
	if (vm->vfio >= 0)
		close(vm->vfio);
	if (vm->fd >= 0)
		close(vm->fd);
	vm->vfio = -1;
	vm->fd = -1;
}

static int tell(struct kvm_vm *vm, __u64 what, int fd)
{
	__s32 arg = fd;
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_FILE,
		.attr = what,
		.addr = (uintptr_t)&arg,
	};

	return ioctl(vm->vfio, KVM_SET_DEVICE_ATTR, &attr) ? -errno : 0;
}

/**
 * kvm_add - Tell a virtual machine of a file
 * @vm: from kvm_create()
 * @fd: the file
 */
int kvm_add(struct kvm_vm *vm, int fd)
{
	return tell(vm, KVM_DEV_VFIO_FILE_ADD, fd);
}

/**
 * kvm_del - Have a virtual machine forget a file
 * @vm: from kvm_create()
 * @fd: the file
 */
int kvm_del(struct kvm_vm *vm, int fd)
{
	return tell(vm, KVM_DEV_VFIO_FILE_DEL, fd);
}

/**
 * kvm_exists - Does the kernel still have a virtual machine?
 * @vm: was made by kvm_create(), may be closed
 */
bool kvm_exists(const struct kvm_vm *vm)
{
	return !access(vm->stats, F_OK);
}

/**
 * kvm_stat - One of the numbers that KVM keeps of a virtual machine
 * @vm: the virtual machine
 * @name: of the number
 */
long kvm_stat(const struct kvm_vm *vm, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", vm->stats, name);
	return file_read_number(path);
}
