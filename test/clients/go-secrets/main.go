// All twelve operations on secrets, as a user of the SDK writes them, retries off. Prints what came of each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

type object = map[string]any

var (
	ctx       = context.Background()
	prefix    = os.Args[3]
	name      = prefix + "-Secret"
	neighbour = prefix + "-other"
)

func main() {
	credential := must(azidentity.NewDefaultAzureCredential(nil))
	client := open(os.Args[1], credential)
	other := open(os.Args[2], credential)

	set := must(client.SetSecret(ctx, name, azsecrets.SetSecretParameters{
		Value:       to.Ptr("one"),
		ContentType: to.Ptr("text/plain"),
		Tags:        map[string]*string{"a": to.Ptr("1")},
	}, nil))
	latest := must(client.SetSecret(ctx, name, azsecrets.SetSecretParameters{Value: to.Ptr("zwei €")}, nil))
	must(client.SetSecret(ctx, neighbour, azsecrets.SetSecretParameters{Value: to.Ptr("")}, nil))
	first := must(client.GetSecret(ctx, name, set.ID.Version(), nil))
	got := must(client.GetSecret(ctx, name, "", nil))
	updated := must(client.UpdateSecretProperties(ctx, name, latest.ID.Version(), azsecrets.UpdateSecretPropertiesParameters{
		ContentType:      to.Ptr("text/html"),
		Tags:             map[string]*string{"b": to.Ptr("2")},
		SecretAttributes: &azsecrets.SecretAttributes{Expires: to.Ptr(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))},
	}, nil))
	must(client.UpdateSecretProperties(ctx, name, set.ID.Version(), azsecrets.UpdateSecretPropertiesParameters{
		ContentType: to.Ptr(""),
	}, nil))
	versions := versionsOf(client)
	listed := namesOf(client)

	backup := must(client.BackupSecret(ctx, name, nil)).Value
	deleted := must(client.DeleteSecret(ctx, name, nil))
	must(client.DeleteSecret(ctx, neighbour, nil))
	gotDeleted := must(client.GetDeletedSecret(ctx, name, nil))
	listedDeleted := deletedNamesOf(client)
	whileDeleted := object{
		"get": refusal(client.GetSecret(ctx, name, "", nil)),
		"set": refusal(client.SetSecret(ctx, name, azsecrets.SetSecretParameters{Value: to.Ptr("x")}, nil)),
	}
	recovered := must(client.RecoverDeletedSecret(ctx, name, nil))
	recoveredValue := must(client.GetSecret(ctx, name, "", nil))
	recoveredVersions := versionsOf(client)

	restored := must(other.RestoreSecret(ctx, azsecrets.RestoreSecretParameters{SecretBackup: backup}, nil))
	restoredFirst := must(other.GetSecret(ctx, name, set.ID.Version(), nil))
	restoredLatest := must(other.GetSecret(ctx, name, "", nil))
	restoredVersions := versionsOf(other)
	restoredAgain := refusal(other.RestoreSecret(ctx, azsecrets.RestoreSecretParameters{SecretBackup: backup}, nil))
	altered := slices.Clone(backup)
	altered[99] ^= 1
	tampered := refusal(other.RestoreSecret(ctx, azsecrets.RestoreSecretParameters{SecretBackup: altered}, nil))

	must(client.DeleteSecret(ctx, name, nil))
	must(client.PurgeDeletedSecret(ctx, name, nil))
	must(client.PurgeDeletedSecret(ctx, neighbour, nil))

	contentTypes := []string{}
	for _, version := range versions {
		contentTypes = append(contentTypes, *version.ContentType)
	}
	slices.Sort(contentTypes)
	print(object{
		"set": object{
			"name":        set.ID.Name(),
			"value":       set.Value,
			"contentType": set.ContentType,
			"tags":        set.Tags,
			"enabled":     set.Attributes.Enabled,
		},
		"got": object{"first": first.Value, "latest": got.Value},
		"updated": object{
			"contentType": updated.ContentType,
			"tags":        updated.Tags,
			"expires":     updated.Attributes.Expires.Unix(),
		},
		"versions": object{"count": len(versions), "contentTypes": contentTypes},
		"listed":   listed,
		"deleted": object{
			"name":            deleted.ID.Name(),
			"recoveryId":      deleted.RecoveryID,
			"days":            deleted.ScheduledPurgeDate.Sub(*deleted.DeletedDate).Hours() / 24,
			"recoveryLevel":   deleted.Attributes.RecoveryLevel,
			"recoverableDays": deleted.Attributes.RecoverableDays,
		},
		"gotDeleted":    gotDeleted.ID.Name(),
		"listedDeleted": listedDeleted,
		"whileDeleted":  whileDeleted,
		"recovered": object{
			"name":     recovered.ID.Name(),
			"value":    recoveredValue.Value,
			"versions": len(recoveredVersions),
		},
		"restored": object{
			"name":        restored.ID.Name(),
			"sameVersion": restored.ID.Version() == latest.ID.Version(),
			"first":       restoredFirst.Value,
			"latest":      restoredLatest.Value,
			"versions":    len(restoredVersions),
		},
		"restoredAgain": restoredAgain,
		"tampered":      tampered,
		"purged": object{
			"deleted":       refusal(client.GetDeletedSecret(ctx, name, nil)),
			"purgedAgain":   refusal(client.PurgeDeletedSecret(ctx, name, nil)),
			"restoredValue": must(other.GetSecret(ctx, name, "", nil)).Value,
		},
	})
}

func open(url string, credential azcore.TokenCredential) *azsecrets.Client {
	options := &azsecrets.ClientOptions{ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}}
	return must(azsecrets.NewClient(url, credential, options))
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func refusal[T any](_ T, err error) any {
	var refused *azcore.ResponseError
	if !errors.As(err, &refused) {
		return "not refused"
	}
	return []any{refused.StatusCode, refused.ErrorCode}
}

func namesOf(client *azsecrets.Client) []string {
	names := []string{}
	for pages := client.NewListSecretPropertiesPager(nil); pages.More(); {
		for _, item := range must(pages.NextPage(ctx)).Value {
			names = append(names, item.ID.Name())
		}
	}
	return own(names)
}

func deletedNamesOf(client *azsecrets.Client) []string {
	names := []string{}
	for pages := client.NewListDeletedSecretPropertiesPager(nil); pages.More(); {
		for _, item := range must(pages.NextPage(ctx)).Value {
			names = append(names, item.ID.Name())
		}
	}
	return own(names)
}

func own(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix+"-") })
}

func versionsOf(client *azsecrets.Client) []*azsecrets.SecretProperties {
	versions := []*azsecrets.SecretProperties{}
	for pages := client.NewListSecretPropertiesVersionsPager(name, nil); pages.More(); {
		versions = append(versions, must(pages.NextPage(ctx)).Value...)
	}
	return versions
}

func print(transcript object) {
	must(os.Stdout.Write(must(json.Marshal(transcript))))
}
