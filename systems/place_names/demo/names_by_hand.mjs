// What no rule can decide about the names of the sources.

/** Standard names are written in simplified characters: each of these was converted and looked at by itself. */
export const standard = {
  光谷大橋: '光谷大桥', 南湖大橋: '南湖大桥', 四環線: '四环线', 團山隧道: '团山隧道', 塔子湖東路: '塔子湖东路', 太子湖橋: '太子湖桥', 寶通寺路: '宝通寺路', 後官湖特大橋: '后官湖特大桥',
  武漢長江公鐵隧道: '武汉长江公铁隧道', 濱江大道: '滨江大道', 短咀里湖大橋: '短咀里湖大桥', 紅橋: '红桥', 諶家磯大道: '谌家矶大道', 金銀潭大道: '金银潭大道', 青山長江大橋: '青山长江大桥',
  青菱河路高架橋: '青菱河路高架桥', 嚴東湖: '严东湖', 夢澤湖: '梦泽湖', 馬家湖: '马家湖', 宋家崗: '宋家岗', 後湖大道: '后湖大道', 惠濟二路: '惠济二路', 紗帽: '纱帽', 羅家莊: '罗家庄', 航空總部: '航空总部',
  通航機場: '通航机场', 雙墩: '双墩', 雲飛路: '云飞路', 龍陽村: '龙阳村', 武漢亞心總醫院: '武汉亚心总医院', 堤角公園: '堤角公园', 張畢湖公園: '张毕湖公园', 湯湖公園: '汤湖公园', 青山江灘公園: '青山江滩公园',
  王家河衛生院長堰分院: '王家河卫生院长堰分院', 光穀國際網球中心: '光谷国际网球中心', 武漢世界貿易大廈: '武汉世界贸易大厦', 武漢天河國際機場: '武汉天河国际机场', 武漢體育中心: '武汉体育中心',
  漢口體育中心: '汉口体育中心', 龜山: '龟山', 美國駐武漢總領事館: '美国驻武汉总领事馆', 韓國駐武漢總領事館: '韩国驻武汉总领事馆',
}

/** What mappers write behind a name is no part of it; where it is another name it is kept as that. */
export const annotations = {
  '建设大道延长线（在建）': { name: '建设大道延长线' }, '四新大道(在建)': { name: '四新大道' }, '张之洞路 (紫阳路)': { name: '张之洞路', alias: '紫阳路' }, '锦绣二路（腰路堤）': { name: '锦绣二路', alias: '腰路堤' },
  '黄家湖（武科大）': { name: '黄家湖' }, '青仔村（轨道产业基地）': { name: '青仔村' }, '花山街道（化工区）': { name: '花山街道' },
}

/** Slips of the sources, slip roads, exits of stations, general words. */
export const noName = new Set(['全力三鹿', '珞瑜路', '光谷珞瑜路通道', '后官胡大道', '北京', '南京', '台东李', '鄂江左', '沿河堤顶', '武汉工程大学(流芳校区)', '丁字桥匝道入口', '丁字桥匝道出口', '出版城匝道出口', '武昌火车站（东）匝道出口',
  '沈家湾匝道入口', '沈家湾匝道出口', '陈家湾匝道入口', '中南路站E出口', '武昌站东广场', '校医院', '校医院北区', '东校区医院', '急诊', '门诊部', '药店', '花坛', '健身场地', '喷泉公园', '物业广场', '东一楼', '东八楼',
  'OPARK夜猫公园', '青年园', '群芳园', '思园', '梅岭'])

/** Events, organisations without a place of their own, former units, and names cut short in the source. */
export const noPlace = /起义$|戰鬥|会战|会議|疫情|封鎖|公開賽|爆炸案|空難|大水|代表大会$|教区|事件|简介$|股份有限公$|武昌府|汉阳郡|^漢陽$|地铁|轨道交通|赛道/

/** Known to be closed or called otherwise today, though the sources do not say so: kept as historical names. */
export const former = new Set(['武汉王家墩机场', '武汉南湖机场', '汉口英租界', '汉口法租界', '汉口日租界', '国立武汉大学', '思得学园', '汉阳兵工厂'])
