/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual machine and KVM's device that is told of VFIO's files. Functions
 * return 0 (or what they found) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_KVM_H
#define SELFTESTS_IOMMU_LIB_KVM_H

#include <stdbool.h>

/**
 * struct kvm_vm - A virtual machine
 * @fd: its file, or -1
 * @vfio: its KVM_DEV_TYPE_VFIO, or -1
 * @stats: directory in debugfs, which is there as long as it exists
 */
struct kvm_vm {
	int fd;
	int vfio;
	char stats[64];
};

bool kvm_missing(void);
int kvm_create(struct kvm_vm *vm);
void kvm_close(struct kvm_vm *vm);
int kvm_add(struct kvm_vm *vm, int fd);
int kvm_del(struct kvm_vm *vm, int fd);
bool kvm_exists(const struct kvm_vm *vm);
long kvm_stat(const struct kvm_vm *vm, const char *name);

#endif
