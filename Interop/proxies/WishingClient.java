import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Java's own client, which wishes for HTTP/2 with each request unless it is told not to. */
public class WishingClient {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(30)).build();
        for (int round = 0; round < 20; round++) {
            var health = HttpRequest.newBuilder(URI.create(arguments[0] + "/health"));
            send(client, "/health", health.GET());
            var update = HttpRequest.newBuilder(URI.create(arguments[0] + "/update")).header("X-Api-User", "nobody");
            send(client, "/update", update.POST(HttpRequest.BodyPublishers.ofString("{\"txt\":\"\"}")));
        }
    }

    private static void send(HttpClient client, String path, HttpRequest.Builder request) throws Exception {
        long began = System.nanoTime();
        var response = client.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(path + " " + response.statusCode() + " " + (System.nanoTime() - began) / 1_000_000);
    }
}
