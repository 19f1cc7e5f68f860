// All twelve operations on secrets, as a user of the SDK writes them, retries off. Prints what came of each.

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.BinaryData;
import com.azure.core.util.polling.SyncPoller;
import com.azure.identity.DefaultAzureCredential;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.azure.security.keyvault.secrets.models.DeletedSecret;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import com.azure.security.keyvault.secrets.models.SecretProperties;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

public final class SecretOperations {
    private static final RetryOptions NO_RETRIES = new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1)));

    private final SecretClient client;
    private final SecretClient other;
    private final String prefix;
    private final String name;
    private final String neighbour;

    private SecretOperations(SecretClient client, SecretClient other, String prefix) {
        this.client = client;
        this.other = other;
        this.prefix = prefix;
        this.name = prefix + "-Secret";
        this.neighbour = prefix + "-other";
    }

    public static void main(String[] arguments) {
        DefaultAzureCredential credential = new DefaultAzureCredentialBuilder().retryOptions(NO_RETRIES).build();
        Function<String, SecretClient> open = url ->
            new SecretClientBuilder().vaultUrl(url).credential(credential).retryOptions(NO_RETRIES).buildClient();
        Map<String, Object> transcript =
            new SecretOperations(open.apply(arguments[0]), open.apply(arguments[1]), arguments[2]).run();
        System.out.writeBytes(BinaryData.fromObject(transcript).toBytes());
    }

    private Map<String, Object> run() {
        Map<String, Object> transcript = new LinkedHashMap<>();
        KeyVaultSecret set = client.setSecret(new KeyVaultSecret(name, "one").setProperties(
            new SecretProperties().setContentType("text/plain").setTags(Map.of("a", "1"))));
        KeyVaultSecret latest = client.setSecret(name, "zwei €");
        client.setSecret(neighbour, "");
        transcript.put("set", Map.of(
            "name", set.getName(),
            "value", set.getValue(),
            "contentType", set.getProperties().getContentType(),
            "tags", set.getProperties().getTags(),
            "enabled", set.getProperties().isEnabled()));
        transcript.put("got", Map.of(
            "first", client.getSecret(name, set.getProperties().getVersion()).getValue(),
            "latest", client.getSecret(name).getValue()));

        SecretProperties updated = client.updateSecretProperties(latest.getProperties()
            .setContentType("text/html")
            .setTags(Map.of("b", "2"))
            .setExpiresOn(OffsetDateTime.parse("2030-01-01T00:00:00Z")));
        client.updateSecretProperties(set.getProperties().setContentType(""));
        transcript.put("updated", Map.of(
            "contentType", updated.getContentType(),
            "tags", updated.getTags(),
            "expires", updated.getExpiresOn().toEpochSecond()));
        List<SecretProperties> versions = versionsOf(client);
        transcript.put("versions", Map.of(
            "count", versions.size(),
            "contentTypes", versions.stream()
                .map(version -> Objects.requireNonNullElse(version.getContentType(), ""))
                .sorted()
                .toList()));
        transcript.put("listed", namesIn(client.listPropertiesOfSecrets(), SecretProperties::getName));

        byte[] backup = client.backupSecret(name);
        DeletedSecret deleted = delete(name);
        delete(neighbour);
        transcript.put("deleted", Map.of(
            "name", deleted.getName(),
            "recoveryId", deleted.getRecoveryId(),
            "days", Duration.between(deleted.getDeletedOn(), deleted.getScheduledPurgeDate()).toDays(),
            "recoveryLevel", deleted.getProperties().getRecoveryLevel(),
            "recoverableDays", deleted.getProperties().getRecoverableDays()));
        transcript.put("gotDeleted", client.getDeletedSecret(name).getName());
        transcript.put("listedDeleted", namesIn(client.listDeletedSecrets(), DeletedSecret::getName));
        transcript.put("whileDeleted", Map.of(
            "get", refusal(() -> client.getSecret(name)),
            "set", refusal(() -> client.setSecret(name, "x"))));

        SyncPoller<KeyVaultSecret, Void> recovery = client.beginRecoverDeletedSecret(name);
        KeyVaultSecret recovered = recovery.setPollInterval(Duration.ofMillis(10)).waitForCompletion().getValue();
        transcript.put("recovered", Map.of(
            "name", recovered.getName(),
            "value", client.getSecret(name).getValue(),
            "versions", versionsOf(client).size()));

        SecretProperties restored = other.restoreSecretBackup(backup).getProperties();
        transcript.put("restored", Map.of(
            "name", restored.getName(),
            "sameVersion", restored.getVersion().equals(latest.getProperties().getVersion()),
            "first", other.getSecret(name, set.getProperties().getVersion()).getValue(),
            "latest", other.getSecret(name).getValue(),
            "versions", versionsOf(other).size()));
        transcript.put("restoredAgain", refusal(() -> other.restoreSecretBackup(backup)));
        byte[] altered = backup.clone();
        altered[99] ^= 1;
        transcript.put("tampered", refusal(() -> other.restoreSecretBackup(altered)));

        delete(name);
        client.purgeDeletedSecret(name);
        client.purgeDeletedSecret(neighbour);
        transcript.put("purged", Map.of(
            "deleted", refusal(() -> client.getDeletedSecret(name)),
            "purgedAgain", refusal(() -> client.purgeDeletedSecret(name)),
            "restoredValue", other.getSecret(name).getValue()));
        return transcript;
    }

    private DeletedSecret delete(String which) {
        SyncPoller<DeletedSecret, Void> deletion = client.beginDeleteSecret(which);
        return deletion.setPollInterval(Duration.ofMillis(10)).waitForCompletion().getValue();
    }

    private List<SecretProperties> versionsOf(SecretClient of) {
        return of.listPropertiesOfSecretVersions(name).stream().toList();
    }

    /** Page by page, one item each, in the order of their names. */
    private <T> List<String> namesIn(PagedIterable<T> items, Function<T, String> nameOf) {
        List<String> names = new ArrayList<>();
        items.iterableByPage(1).forEach(page -> page.getElements().forEach(item -> names.add(nameOf.apply(item))));
        return names.stream().filter(found -> found.startsWith(prefix + "-")).toList();
    }

    private static Object refusal(Runnable work) {
        try {
            work.run();
            return "not refused";
        } catch (HttpResponseException refused) {
            // What the service answered, as the client understood it: {"error":{"code":…}}.
            Map<?, ?> error = (Map<?, ?>) ((Map<?, ?>) refused.getValue()).get("error");
            return List.of(refused.getResponse().getStatusCode(), error.get("code"));
        }
    }
}
