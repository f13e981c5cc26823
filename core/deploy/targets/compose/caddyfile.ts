import { bodyMegabytes, predictionPaths, probes, servicePort } from '../../service-facts.ts'

export const balancerPort = 8080
/** Inside the networks only: the balancer's own health and metrics. */
export const balancerStatusPort = 9180

/** Where the balancer looks, at each request, whether green is the active colour: a file of that name is there. */
export const colourFolder = '/state'

const replicas = (matcher: string, colour: string) => `	reverse_proxy ${matcher}{
		dynamic a {
			name ${colour}
			port ${servicePort}
			refresh 1s
		}
		lb_policy least_conn
		lb_try_duration 10s
		lb_try_interval 100ms
		lb_retry_match {
			method GET HEAD
		}
		lb_retry_match {
			method POST
			path ${predictionPaths.join(' ')}
		}
		fail_duration 2s
		unhealthy_status 503
		request_buffers 1MB
		transport http {
			keepalive off
			dial_timeout 1s
		}
	}`

/**
 * The balancer looks the replicas of the active colour up every second, by DNS: so it can't ask each for its health, and
 * what tells it is whether one listens. A replica listens from when it is ready until it ends; who is refused asks
 * another. A request that was cut off on its way is asked again where that changes nothing, if its body fits the buffer.
 * It keeps no connection to them open between requests: one that a replica closes while it drains could not be told
 * from a lost request. The colour changes without a new configuration, which would close the connections of clients that
 * are about to ask.
 */
export const caddyfile = `{
	admin localhost:2019
	auto_https off
	grace_period 10s
	servers {
		timeouts {
			read_header 10s
			read_body 60s
			idle 60s
		}
	}
}

:${balancerPort} {
	request_body {
		max_size ${bodyMegabytes + 1}MB
	}
	@inside path ${probes.metrics} ${probes.health} ${probes.live}
	respond @inside 404
	@green file {
		root ${colourFolder}
		try_files /green
	}
${replicas('@green ', 'green')}
${replicas('', 'blue')}
}

:${balancerStatusPort} {
	metrics ${probes.metrics}
	respond / 200
}
`
